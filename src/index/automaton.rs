//! `like` patterns as automata over bytes.

use crate::model::{LikePattern, LikeToken};

/// A `like` pattern that is stepped byte by byte, all its positions at once, one bit each.
pub(super) struct LikeAutomaton<'a> {
    pattern: &'a LikePattern,
    tokens: &'a [LikeToken],
}

/// Where a pattern stands after some bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    /// Bit `i`: the first `i` tokens are done with.
    mask: u64,
    /// The bytes of a character that is not complete.
    pending: [u8; 4],
    /// How many.
    n_pending: u8,
}

impl<'a> LikeAutomaton<'a> {
    /// The automaton of a pattern of at most 63 tokens.
    pub(super) fn new(pattern: &'a LikePattern) -> Option<Self> {
        let tokens = pattern.tokens();
        (tokens.len() < 64).then_some(Self { pattern, tokens })
    }

    /// Whether the whole of `text` fits the pattern.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut mask = self.open(1);
        for c in text.chars() {
            if mask == 0 {
                return false;
            }
            mask = self.step(mask, c);
        }
        self.is_done(mask)
    }

    fn is_done(&self, mask: u64) -> bool {
        mask >> self.tokens.len() & 1 == 1
    }

    fn step(&self, mask: u64, c: char) -> u64 {
        let c = self.pattern.folded(c);
        let (mut rest, mut next) = (mask, 0);
        while rest != 0 {
            let at = rest.trailing_zeros();
            rest &= rest - 1;
            next |= match self.tokens.get(at as usize) {
                Some(LikeToken::Many) => 1 << at,
                Some(LikeToken::One) => 2 << at,
                Some(LikeToken::Literal(wanted)) if *wanted == c => 2 << at,
                _ => 0,
            };
        }
        self.open(next)
    }

    /// Adds the positions behind a `%`, which may stand for nothing.
    fn open(&self, mut mask: u64) -> u64 {
        let mut rest = mask;
        while rest != 0 {
            let at = rest.trailing_zeros();
            rest &= rest - 1;
            if self.tokens.get(at as usize) == Some(&LikeToken::Many) {
                let behind = 2 << at;
                rest |= behind & !mask;
                mask |= behind;
            }
        }
        mask
    }
}

impl fst::Automaton for LikeAutomaton<'_> {
    type State = State;

    fn start(&self) -> State {
        State { mask: self.open(1), pending: [0; 4], n_pending: 0 }
    }

    fn is_match(&self, state: &State) -> bool {
        state.n_pending == 0 && self.is_done(state.mask)
    }

    fn can_match(&self, state: &State) -> bool {
        state.mask != 0
    }

    fn accept(&self, state: &State, byte: u8) -> State {
        let mut next = *state;
        if let Some(place) = next.pending.get_mut(usize::from(next.n_pending)) {
            *place = byte;
        }
        next.n_pending += 1;
        let bytes = &next.pending[..usize::from(next.n_pending.min(4))];
        if let Some(c) = std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next()) {
            return State { mask: self.step(state.mask, c), pending: [0; 4], n_pending: 0 };
        }
        if next.n_pending >= 4 {
            // No character has more bytes; the keys of a dictionary never come here.
            next.mask = 0;
            next.n_pending = 0;
        }
        next
    }
}
