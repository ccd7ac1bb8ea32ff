"""The backtracking cell: the recurrence of eq. 2 with sparse attentive backtracking (paper 3.2, METHOD 3)."""

import torch
from torch import Tensor, nn

from reid_core.model.inference import applies_to, without_gradient
from reid_core.model.recurrence import Recurrence
from reid_core.model.sparsify import sparsify
from reid_core.model.stream import AllMemories, Memories, RunningSoftmax, RunningSums, StreamState, TopMemories
from reid_core.model.variants import CellConfig

# of ``start_as_average``; features of an encoder are about 1 large
GAIN = 0.4  # in the straight part of tanh
COUNT = 0.25  # a clip of 128 frames counts to about 14, where the scores still rise
SMALL = 0.1  # of what is random in a score, against the count


class BacktrackingCell(nn.Module):
    """A recurrence that also reads the states it had before, a few at a time.

        p_t   = W_v v_t + W_h h_{t-1} + b
        g_t   = tanh(p_t)                              provisional state
        a_i   = w . [m_i ; g_t]                        score="linear", for each memory m_i
              | w_3 . tanh(W_1 m_i + W_2 g_t + b_1)    score="mlp"
        alpha = sparsify(a) | softmax(a) | a           normalise="topk" | "softmax" | "none"
        s_t   = sum_i alpha_i m_i                      0 while there is no memory
        h_t   = tanh(p_t + W_m s_t)                    combine="inside": the paper's eq. 2
              | g_t + s_t                              combine="add": Ke et al., NeurIPS 2018
        memory <- memory + [h_t] every k_att steps

    The gradient goes back through h_{t-1}, cut every k_trunc steps, and through every memory whose score mattered:
    those attended and, with ``topk``, the one that set the threshold. W_h starts orthogonal, so that the plain
    recurrence neither swells nor shrinks the gradient at first; ``start_as_average`` is another start.
    """

    def __init__(self, features: int, hidden: int, config: CellConfig) -> None:
        super().__init__()
        self.config = config
        self.W_v = nn.Linear(features, hidden)
        self.W_h = nn.Linear(hidden, hidden, bias=False)
        nn.init.orthogonal_(self.W_h.weight)
        self.W_m = nn.Linear(hidden, hidden, bias=False) if config.combine == "inside" else None
        if config.score == "linear":
            self.w = nn.Linear(2 * hidden, 1, bias=False)
        else:
            self.W_1 = nn.Linear(hidden, hidden)
            self.W_2 = nn.Linear(hidden, hidden, bias=False)
            self.w_3 = nn.Linear(hidden, 1, bias=False)

    @torch.no_grad()
    def start_as_average(self) -> None:
        """Set the weights so that, with ``combine="add"``, the state is about a sum of all features so far.

        W_v = GAIN I and W_h = 0 hand the features on. Unit 0 has a constant input instead, so that it counts: a state's
        is larger by one count than those of the memories that it attends. Scores rise with the count, so the latest
        memories are attended, each the sum of a clip so far; a walk back through them (``explain.visits``) comes by all
        frames alike, where scores without order would lead it to the first frames most often.
        """
        nn.init.eye_(self.W_v.weight).mul_(GAIN)[0] = 0
        nn.init.zeros_(self.W_v.bias)[0] = COUNT
        nn.init.zeros_(self.W_h.weight)
        if self.W_m is not None:
            nn.init.eye_(self.W_m.weight)
        if self.config.score == "linear":
            self.w.weight.mul_(SMALL)[0, 0] = 0.5
        else:
            self.W_1.weight.mul_(SMALL)[:, 0] = 0.05
            nn.init.zeros_(self.W_1.bias)
            self.W_2.weight.mul_(SMALL)
            nn.init.constant_(self.w_3.weight, 4 / self.W_h.weight.shape[0])

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Run over whole clips.

        Args: features: v, shape (B, T, q).
        Returns: states h, shape (B, T, n), and attention, shape (B, T, T): row t holds alpha over the frames i < t.
        """
        with torch.autocast(features.device.type, enabled=False):
            features = features.to(self.W_v.weight.dtype)
            inputs, W_h = self.W_v(features), self.W_h.weight
            W_m = None if self.W_m is None else self.W_m.weight
            if applies_to(features):
                return without_gradient(features, inputs, self.config, W_h, W_m, *self._score_weights())
            inputs = inputs.transpose(0, 1)
            states, attention = Recurrence.apply(inputs, self.config, W_h, W_m, *self._score_weights())
        return states.transpose(0, 1), attention

    def start(self, batch: int) -> StreamState:
        """The state of ``batch`` streams before their first frame."""
        weight = self.W_h.weight
        zeros = weight.new_zeros(batch, weight.shape[0])
        none, no_scores = weight.new_zeros(batch, 0, weight.shape[0]), weight.new_zeros(batch, 0)
        memories: Memories
        if self.config.score == "mlp":
            memories = AllMemories(none, none)
        elif self.config.normalise == "topk":
            memories = TopMemories(self.config.k_top, none, no_scores)
        elif self.config.normalise == "softmax":
            memories = RunningSoftmax(zeros[:, :1] - torch.inf, zeros[:, :1], zeros)
        else:
            memories = RunningSums(zeros, zeros)
        return StreamState(0, zeros, memories)

    @torch.no_grad()
    def push(self, state: StreamState, features: Tensor) -> tuple[StreamState, Tensor]:
        """Read one more frame of each stream; what ``forward`` computes, a step at a time and without end.

        With a linear score, time and memory do not grow with the stream; with ``mlp`` every memory is kept, since a
        later query may want any of them.

        Args: state: from ``start`` or the last ``push``. features: v_t, shape (B, q).
        Returns: the next state, and h_t, shape (B, n).
        Raises: ValueError for another shape of features.
        """
        if features.shape != (expected := (len(state.h), self.W_v.in_features)):
            raise ValueError(f"features: expected shape {expected}, got {tuple(features.shape)}")
        with torch.autocast(features.device.type, enabled=False):
            p = self.W_v(features.to(state.h.dtype)) + self.W_h(state.h)
            g = torch.tanh(p)
            s = self._read(state.memories, g) if state.frames >= self.config.k_att else torch.zeros_like(g)
            h = g + s if self.W_m is None else torch.tanh(p + self.W_m(s))
            memories = self._write(state.memories, h) if self.config.writes(state.frames) else state.memories
        return StreamState(state.frames + 1, h, memories), h

    def _read(self, memories: Memories, g: Tensor) -> Tensor:
        """s_t = sum_i alpha_i m_i, (B, n)."""
        if isinstance(memories, RunningSums):
            return memories.read(g @ self.w.weight[0, g.shape[1] :])
        if not isinstance(memories, AllMemories):
            return memories.read()
        a = self.w_3(torch.tanh(memories.projections + self.W_2(g)[:, None])).squeeze(2)
        if self.config.normalise != "none":
            a = sparsify(a, self.config.k_top) if self.config.normalise == "topk" else a.softmax(1)
        return torch.bmm(a[:, None], memories.states).squeeze(1)

    def _write(self, memories: Memories, h: Tensor) -> Memories:
        if isinstance(memories, AllMemories):
            return memories.write(h, self.W_1(h))
        return memories.write(h, h @ self.w.weight[0, : h.shape[1]])

    def _score_weights(self) -> tuple[Tensor, ...]:
        if self.config.score == "linear":
            return (self.w.weight,)
        return self.W_1.weight, self.W_1.bias, self.W_2.weight, self.w_3.weight
