"""The backtracking cell: the recurrence of eq. 2 with sparse attentive backtracking (paper 3.2, METHOD 3)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from reid_core.model.backtracking.blocks import applies_to, plain_without_gradient, without_gradient
from reid_core.model.backtracking.closing import readings
from reid_core.model.backtracking.compiled import transposed_weights
from reid_core.model.backtracking.gradient import Recurrence
from reid_core.model.backtracking.rule import CellRule
from reid_core.model.backtracking.stream import StreamState, before_first, closed, pushed
from reid_core.model.pooling import last_state, zero_padding

# of ``start_as_average``; features of an encoder are about 1 large
GAIN = 0.4  # in the straight part of tanh
COUNT = 0.25  # a clip of 128 frames counts to about 14, where the scores still rise
SMALL = 0.1  # of what is random in a score, against the count
BETA = 12.0  # of score="dot" at first: a memory like the query has e^12 times the weight of one across it


class CellOutput(NamedTuple):
    """What a cell makes of whole clips.

    states: h_1 ... h_T, (B, T, n). attention: (B, T, T), row t holds alpha over the frames i < t. embedding: h_{T+C},
    (B, n). readings: (B, C, T), of each closing step alpha over all frames, None without any.
    """

    states: Tensor
    attention: Tensor
    embedding: Tensor
    readings: Tensor | None


class BacktrackingCell(nn.Module):
    """A recurrence that also reads the states it had before, a few at a time.

        p_t   = W_v v_t + W_h h_{t-1} + b
        g_t   = tanh(p_t)                              provisional state
        a_i   = w . [m_i ; g_t]                        score="linear", for each memory m_i
              | w_3 . tanh(W_1 m_i + W_2 g_t + b_1)    score="mlp"
              | beta cos(W_1 m_i, W_2 g_t) + w . m_i   score="dot"
        alpha = sparsify(a) | softmax(a) | a           normalise="topk" | "softmax" | "none"
        s_t   = sum_i alpha_i m_i                      0 while there is no memory
        h_t   = tanh(p_t + W_m s_t)                    combine="inside": the paper's eq. 2
              | g_t + s_t                              combine="add": Ke et al., NeurIPS 2018
              | g_t                                    combine="none": frames do not attend
        memory <- memory + [h_t | g_t] every k_att steps, memory="state" | "frame"

    C closing steps follow the last frame of a clip. They have no input and so no provisional state to ask with: the
    query is what the step before has read, and what they read is their state, whatever ``combine`` says.

        q_1 = 0,  q_{c+1} = s_c,  h_{T+c} = s_c        c = 1 ... C; h_T stays where there is no memory

    So h_{T+C} = sum_i alpha_i m_i with the alpha of the last reading. The first, with a query of 0, weighs memories by
    what they show alone. A linear score asks for the same each time, unless weights are raw.

    The gradient goes back through h_{t-1}, cut every k_trunc steps, and through every memory whose score mattered:
    those attended and, with ``topk``, the one that set the threshold. W_h starts orthogonal, so that the plain
    recurrence neither swells nor shrinks the gradient at first; ``start_as_average`` is another start.
    """

    def __init__(self, features: int, hidden: int, config: CellRule) -> None:
        super().__init__()
        self.config = config
        self.W_v = nn.Linear(features, hidden)
        self.W_h = nn.Linear(hidden, hidden, bias=False)
        nn.init.orthogonal_(self.W_h.weight)
        self.W_m = nn.Linear(hidden, hidden, bias=False) if config.combine == "inside" else None
        if config.score != "mlp":
            self.w = nn.Linear(2 * hidden if config.score == "linear" else hidden, 1, bias=False)
        if config.score != "linear":
            self.W_1 = nn.Linear(hidden, hidden, bias=config.score == "mlp")
            self.W_2 = nn.Linear(hidden, hidden, bias=False)
        if config.score == "mlp":
            self.w_3 = nn.Linear(hidden, 1, bias=False)
        if config.score == "dot":
            self.beta = nn.Parameter(torch.tensor(BETA))

    @torch.no_grad()
    def start_as_average(self) -> None:
        """Set the weights so that, with ``combine="add"``, the state is about a sum of all features so far.

        W_v = GAIN I and W_h = 0 hand the features on. Unit 0 has a constant input instead, so that it counts: a state's
        is larger by one count than those of the memories that it attends. Scores rise with the count, so the latest
        memories are attended, each the sum of a clip so far; a walk back through them (``explain.visits``) comes by all
        frames alike, where scores without order would lead it to the first frames most often.

        With ``score="dot"`` nothing counts: W_1 = W_2 = I and w = 0, so that memories are attended for what they share
        with the query.
        """
        nn.init.eye_(self.W_v.weight).mul_(GAIN)
        nn.init.zeros_(self.W_v.bias)
        nn.init.zeros_(self.W_h.weight)
        if self.W_m is not None:
            nn.init.eye_(self.W_m.weight)
        if self.config.score == "dot":
            nn.init.eye_(self.W_1.weight)
            nn.init.eye_(self.W_2.weight)
            nn.init.zeros_(self.w.weight)
            return
        self.W_v.weight[0], self.W_v.bias[0] = 0, COUNT
        if self.config.score == "linear":
            self.w.weight.mul_(SMALL)[0, 0] = 0.5
        else:
            self.W_1.weight.mul_(SMALL)[:, 0] = 0.05
            nn.init.zeros_(self.W_1.bias)
            self.W_2.weight.mul_(SMALL)
            nn.init.constant_(self.w_3.weight, 4 / self.W_h.weight.shape[0])

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> CellOutput:
        """Run over whole clips.

        Args: features: v, shape (B, T, q). lengths: frames of each clip, (B,), all T if None; closing steps come next.
        """
        batch, length, _ = features.shape
        lengths = torch.full((batch,), length, device=features.device) if lengths is None else lengths
        with torch.autocast(features.device.type, enabled=False):
            states, memories, attention = self._frames(features.to(self.W_v.weight.dtype))
            states, alike = zero_padding(states, lengths), memories is states
            if self.config.attends:
                attention = zero_padding(attention, lengths)
            embedding = last_state(states, lengths)
            if not self.config.closing:
                return CellOutput(states, attention, embedding, None)
            written, counts = self.config.written(length), lengths // self.config.k_att
            memories = (states if alike else zero_padding(memories, lengths))[:, written]
            s, alpha = readings(memories, counts, self.config, self.weights()[2:])
            where = alpha.new_zeros(batch, self.config.closing, length)
            where[:, :, written] = alpha.detach()
            return CellOutput(states, attention, torch.where(counts[:, None] > 0, s, embedding), where)

    def _frames(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """States, what is remembered of each frame, and attention; where no frame attends its zeros take no room."""
        if not self.config.attends:
            states = self._plain_states(features)
            return states, states, states.new_zeros(()).expand(len(states), states.shape[1], states.shape[1])
        inputs = self.W_v(features)
        if applies_to(features):
            return without_gradient(features, inputs, self.config, *self.weights())
        states, memories, attention = Recurrence.apply(inputs.transpose(0, 1), self.config, *self.weights())
        states = states.transpose(0, 1)
        return states, states if memories is None else memories.transpose(0, 1), attention

    def _plain_states(self, features: Tensor) -> Tensor:
        """h_t = g_t, as eq. 1 has it, which PyTorch has whole: (B, T, q) -> (B, T, n)."""
        if applies_to(features):
            return plain_without_gradient(features, self.W_v(features), self.W_h.weight)
        weights = [self.W_v.weight, self.W_h.weight, self.W_v.bias, torch.zeros_like(self.W_v.bias)]
        h, parts = features.new_zeros(1, len(features), self.W_h.in_features), []
        for frames in torch.split(features, self.config.k_trunc or features.shape[1], dim=1):
            states, h = torch.rnn_tanh(frames, h.detach(), weights, True, 1, 0.0, True, False, True)
            parts.append(states)
        return torch.cat(parts, dim=1)

    def start(self, batch: int) -> StreamState:
        """The state of ``batch`` streams before their first frame; the cell's weights must stay until their last."""
        return before_first(batch, self.config, transposed_weights(self.config, *self.weights()))

    @torch.no_grad()
    def push(self, state: StreamState, features: Tensor) -> tuple[StreamState, Tensor]:
        """Read one more frame of each stream; what ``forward`` computes, a step at a time and without end.

        With a linear score, time and memory do not grow with the stream; otherwise every memory is kept. A step is
        computed on the CPU, whatever the device.

        Args: state: from ``start`` or the last ``push``. features: v_t, shape (B, q).
        Returns: the next state, and h_t, shape (B, n).
        Raises: ValueError for another shape of features.
        """
        if features.shape != (expected := (len(state.now.h), self.W_v.in_features)):
            raise ValueError(f"features: expected shape {expected}, got {tuple(features.shape)}")
        with torch.autocast(features.device.type, enabled=False):
            inputs = self.W_v(features.to(self.W_v.weight.dtype))
        return pushed(state, self.config, inputs)

    def close(self, state: StreamState) -> Tensor:
        """The embedding of each stream so far, (B, n), that of a clip of its frames; it may go on as if not asked."""
        return self.W_h.weight.new_tensor(closed(state, self.config))

    def weights(self) -> tuple[Tensor, Tensor | None, *tuple[Tensor, ...]]:
        """W_h and W_m, None but with combine="inside", and those of the score, as ``Recurrence`` takes them."""
        both = self.W_h.weight, None if self.W_m is None else self.W_m.weight
        if self.config.score == "linear":
            return *both, self.w.weight
        if self.config.score == "dot":
            return *both, self.W_1.weight, self.W_2.weight, self.w.weight, self.beta
        return *both, self.W_1.weight, self.W_1.bias, self.W_2.weight, self.w_3.weight
