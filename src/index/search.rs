//! Text tests answered by a dictionary.

use fst::{IntoStreamer, Streamer};

use super::automaton::LikeAutomaton;
use super::{Dictionary, Texts};
use crate::model::{LikePattern, LikeToken, RangeSet, TextTest};

/// Texts that a pattern's beginning must leave over before an automaton over the whole dictionary
/// is worth building, and texts beyond which building it takes longer than many scans.
const AUTOMATON_TEXTS: std::ops::RangeInclusive<usize> = 4096..=300_000;
/// Texts passed one by one, from hit to hit, before searching by halves.
const MAX_WALK: usize = 8;

impl Dictionary {
    /// The codes of the texts that pass a test.
    pub(crate) fn search(&self, test: &TextTest) -> RangeSet {
        let n_base = self.base.len() as i64;
        let tail = (n_base..).zip(&self.tail.texts).filter(|(_, text)| test.matches(text));
        self.search_base(test).union(&RangeSet::from_points(tail.map(|(code, _)| code)))
    }

    fn search_base(&self, test: &TextTest) -> RangeSet {
        let n = self.base.len();
        match test {
            TextTest::In(texts) => {
                let codes = texts.iter().filter_map(|text| self.code_in_base(text));
                RangeSet::from_points(codes.map(|code| code as i64))
            }
            TextTest::Range { low, high } => {
                let from = low.as_ref().map_or(0, |(low, included)| self.place(low, !included));
                let to = high.as_ref().map_or(n, |(high, included)| self.place(high, *included));
                codes(from, to)
            }
            TextTest::StartsWith(prefix) => self.with_prefix(prefix),
            TextTest::EndsWith(end) => self.scan(0, n, |text| text.ends_with(end.as_str())),
            TextTest::Contains(part) => self.search_part(part),
            TextTest::Like(pattern) => self.search_like(pattern),
            TextTest::Matches(_) => self.scan(0, n, |text| test.matches(text)),
        }
    }

    /// How many base texts come before `text`, or, with `after`, before or at it.
    fn place(&self, text: &str, after: bool) -> usize {
        self.base.partition_point(|other| if after { other > text } else { other >= text })
    }

    fn code_in_base(&self, text: &str) -> Option<usize> {
        let at = self.place(text, false);
        (at < self.base.len() && self.base.get(at) == text).then_some(at)
    }

    fn with_prefix(&self, prefix: &str) -> RangeSet {
        let (from, to) = self.prefix_bounds(prefix);
        codes(from, to)
    }

    fn prefix_bounds(&self, prefix: &str) -> (usize, usize) {
        let from = self.place(prefix, false);
        let to = self.base.partition_point(|text| text > prefix && !text.starts_with(prefix));
        (from, to)
    }

    /// The base texts of `from..to` that pass, one after the other.
    fn scan(&self, from: usize, to: usize, test: impl Fn(&str) -> bool) -> RangeSet {
        let texts = (from..to).zip(self.base.from(from));
        RangeSet::from_points(texts.filter(|(_, text)| test(text)).map(|(code, _)| code as i64))
    }

    fn search_like(&self, pattern: &LikePattern) -> RangeSet {
        let prefix = pattern.prefix();
        if let Some(found) = self.search_simple_like(pattern, &prefix) {
            return found;
        }
        let (from, to) = self.prefix_bounds(&prefix);
        let Some(automaton) = LikeAutomaton::new(pattern) else {
            return self.scan(from, to, |text| pattern.matches(text));
        };
        // Behind a leading `%` every text must be looked at anyhow.
        let is_open = pattern.tokens().first() == Some(&LikeToken::Many);
        let is_worth = !is_open
            && AUTOMATON_TEXTS.contains(&(to - from))
            && self.base.len() <= *AUTOMATON_TEXTS.end();
        match is_worth.then(|| self.automaton_map()).flatten() {
            Some(map) => codes_of(map, automaton),
            None => self.scan(from, to, |text| automaton.matches(text)),
        }
    }

    /// Patterns that are another test in disguise.
    fn search_simple_like(&self, pattern: &LikePattern, prefix: &str) -> Option<RangeSet> {
        if pattern.folds_case() {
            return None;
        }
        let literal = |tokens: &[LikeToken]| -> Option<String> {
            tokens
                .iter()
                .map(|token| if let LikeToken::Literal(c) = token { Some(*c) } else { None })
                .collect()
        };
        match pattern.tokens() {
            [LikeToken::Many] => Some(codes(0, self.base.len())),
            [LikeToken::Many, part @ .., LikeToken::Many] => {
                Some(self.search_part(&literal(part)?))
            }
            [begin @ .., LikeToken::Many] => literal(begin).map(|_| self.with_prefix(prefix)),
            all => {
                let text = literal(all)?;
                Some(self.code_in_base(&text).map_or_else(RangeSet::none, |at| codes(at, at + 1)))
            }
        }
    }

    /// The texts that hold `part`, found in all of them as one text.
    fn search_part(&self, part: &str) -> RangeSet {
        if part.is_empty() {
            return codes(0, self.base.len());
        }
        match regex::Regex::new(&regex::escape(part)) {
            Ok(finder) => {
                RangeSet::from_points(hits(&self.base, &finder).into_iter().map(|at| at as i64))
            }
            // A part too long for the finder.
            Err(_) => self.scan(0, self.base.len(), |text| text.contains(part)),
        }
    }

    fn automaton_map(&self) -> Option<&fst::Map<Vec<u8>>> {
        let build = || fst::Map::from_iter(self.base.iter().zip(0u64..)).ok();
        self.map.get_or_init(build).as_ref()
    }
}

/// The codes `from..to`.
fn codes(from: usize, to: usize) -> RangeSet {
    RangeSet::between(from as i64, to as i64 - 1)
}

fn codes_of(map: &fst::Map<Vec<u8>>, automaton: LikeAutomaton<'_>) -> RangeSet {
    let mut stream = map.search(automaton).into_stream();
    let mut codes = Vec::new();
    while let Some((_, code)) = stream.next() {
        codes.push(code as i64);
    }
    RangeSet::from_points(codes)
}

/// The texts in which `finder`, a literal, has a match that lies within one of them, ascending.
fn hits(texts: &Texts, finder: &regex::Regex) -> Vec<usize> {
    let (all, offsets) = (texts.as_str(), texts.offsets());
    let mut hits = Vec::new();
    let (mut at, mut piece) = (0, 0);
    while let Some(found) = finder.find_at(all, at) {
        piece = piece_from(texts, piece, found.start());
        let end = offsets.range(piece).end;
        if found.end() <= end {
            hits.push(piece);
            at = end;
        } else {
            // A match across two texts; the next may begin at the next character.
            at = found.start() + all[found.start()..].chars().next().map_or(1, char::len_utf8);
        }
    }
    hits
}

/// The text that holds `offset`, at `piece` or after it.
fn piece_from(texts: &Texts, piece: usize, offset: usize) -> usize {
    let offsets = texts.offsets();
    let near = (piece..texts.len()).take(MAX_WALK).find(|piece| offset < offsets.range(*piece).end);
    near.unwrap_or_else(|| offsets.piece_at(offset))
}

#[cfg(test)]
#[path = "dictionary_tests.rs"]
mod tests;
