"""Video person re-identification without temporal bias: UTRCNN, its controls, training, evaluation and explanation."""
