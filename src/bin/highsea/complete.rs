//! What Tab offers: commands, keywords, attributes, their values, files.

use std::ops::Range;

use highsea::{EventTable, Pool, TokenKind, keywords, tokenize};
use rustyline::completion::{FilenameCompleter, Pair};

use crate::commands;

/// Where the offered words begin, in bytes of the text, and the words.
pub(crate) type Offer = (usize, Vec<Pair>);

/// Values offered at most.
const MAX_VALUES: usize = 100;

/// What may stand at the end of `text`.
pub(crate) fn offer(text: &str, pool: &Pool) -> Offer {
    if text.trim_start().starts_with('.') {
        return command(text);
    }
    let tokens = Tokens::of(text);
    match tokens.open_quote() {
        Some(quote) if tokens.is_file(quote) => file(text, quote.start + 1),
        Some(quote) => values(&tokens, quote, pool),
        None => words(&tokens, pool),
    }
}

/// The tokens of a text that is being typed.
struct Tokens<'a> {
    text: &'a str,
    tokens: Vec<(Range<usize>, TokenKind)>,
}

impl<'a> Tokens<'a> {
    fn of(text: &'a str) -> Self {
        let tokens = tokenize(text).into_iter();
        let tokens = tokens.map(|(span, kind)| (span.start..span.end, kind)).collect();
        Self { text, tokens }
    }

    fn word(&self, range: &Range<usize>) -> &'a str {
        &self.text[range.clone()]
    }

    /// The text that has been begun and not ended, quote included.
    fn open_quote(&self) -> Option<&Range<usize>> {
        let (range, _) = self.tokens.last()?;
        let word = self.word(range);
        let quote = word.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let is_open = word.len() == 1 || !word.ends_with(quote) || word.ends_with("\\\"");
        (is_open && range.end == self.text.len()).then_some(range)
    }

    /// Tokens before a place, the nearest first.
    fn before(&self, place: usize) -> impl Iterator<Item = &(Range<usize>, TokenKind)> {
        self.tokens.iter().rev().skip_while(move |(range, _)| range.start >= place)
    }

    /// Whether a quoted text names a file: `from "…"`, `to "…"`, `rejects "…"`.
    fn is_file(&self, quote: &Range<usize>) -> bool {
        let word = self.before(quote.start).next().map(|(range, _)| self.word(range));
        word.is_some_and(|word| matches!(word, "from" | "to" | "rejects"))
    }

    /// The attribute that a quoted text is compared with: the last one named in its clause.
    fn compared(&self, quote: &Range<usize>, names: &[String]) -> Option<String> {
        self.before(quote.start)
            .map(|(range, _)| self.word(range))
            .take_while(|word| !matches!(*word, "and" | "or" | "where" | ";"))
            .find_map(|word| {
                let word = word.trim_matches('`');
                names.iter().find(|name| *name == word).cloned()
            })
    }
}

fn command(text: &str) -> Offer {
    let start = text.len() - text.trim_start().len();
    let line = &text[start..];
    match line.split_once(' ') {
        None => (start, fitting(commands::NAMES.into_iter().map(str::to_owned), line)),
        Some((".mode", typed)) => choices(text, typed, &["table", "csv", "json", "jsonl"]),
        Some((".timing" | ".follow", typed)) => choices(text, typed, &["on", "off"]),
        Some((".help", typed)) => choices(text, typed, &crate::help::TOPICS),
        Some((".read" | ".open", typed)) => file(text, text.len() - typed.len()),
        Some(_) => (text.len(), Vec::new()),
    }
}

fn choices(text: &str, typed: &str, words: &[&str]) -> Offer {
    let words = words.iter().map(|word| (*word).to_owned());
    (text.len() - typed.len(), fitting(words, typed))
}

fn file(text: &str, start: usize) -> Offer {
    let typed = &text[start..];
    let (offset, pairs) =
        FilenameCompleter::new().complete_path(typed, typed.len()).unwrap_or_default();
    (start + offset, pairs)
}

/// Values of the attribute that the open text is compared with, each with its closing quote.
fn values(tokens: &Tokens<'_>, quote: &Range<usize>, pool: &Pool) -> Offer {
    let start = quote.start + 1;
    let (open, typed) = tokens.word(quote).split_at(1);
    let names: Vec<String> = pool.attributes().into_iter().map(|a| a.name).collect();
    let values = tokens.compared(quote, &names).and_then(|attribute| {
        // A column that cannot be read offers nothing; asking for it will say why.
        pool.values_with_prefix(&attribute, typed, MAX_VALUES).ok()
    });
    let pair = |value: String| {
        let escaped = value.replace('\\', "\\\\").replace(open, &format!("\\{open}"));
        Pair { replacement: format!("{escaped}{open}"), display: value }
    };
    (start, values.unwrap_or_default().into_iter().map(pair).collect())
}

/// Attributes, the key, event tables and their properties, and keywords.
fn words(tokens: &Tokens<'_>, pool: &Pool) -> Offer {
    let end = tokens.text.len();
    let is_word = |range: &Range<usize>| {
        tokens.word(range).starts_with(|c: char| c == '_' || c == '`' || c.is_alphanumeric())
    };
    let start = match tokens.tokens.last() {
        Some((range, _)) if range.end == end && is_word(range) => range.start,
        _ => end,
    };
    let typed = &tokens.text[start..];
    if let Some(table) = owner(&tokens.text[..start], pool) {
        let properties = table.properties.into_iter().map(|property| written(&property.name));
        return (start, fitting(properties, typed));
    }
    let key = pool.key_column().map(|key| key.name);
    let attributes = pool.attributes().into_iter().map(|a| a.name);
    let names = key.into_iter().chain(attributes);
    let names = names.chain(pool.event_tables().into_iter().map(|table| table.name));
    let mut pairs = fitting(names.map(|name| written(&name)), typed);
    if !typed.is_empty() {
        pairs.extend(fitting(keywords().iter().map(|word| (*word).to_owned()), typed));
    }
    (start, pairs)
}

/// The event table whose name and a point end the text.
fn owner(text: &str, pool: &Pool) -> Option<EventTable> {
    let before = text.strip_suffix('.')?;
    let tables = pool.event_tables().into_iter();
    tables.filter(|table| before.ends_with(&written(&table.name))).max_by_key(|t| t.name.len())
}

/// A name as a rule writes it: in back-quotes where it needs them.
fn written(name: &str) -> String {
    let mut characters = name.chars();
    let is_plain = characters.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && characters.all(|c| c == '_' || c.is_alphanumeric());
    if is_plain { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}

/// The words that begin with what has been typed, in whatever case.
fn fitting(words: impl Iterator<Item = String>, typed: &str) -> Vec<Pair> {
    let typed = typed.trim_start_matches('`').to_lowercase();
    words
        .filter(|word| word.trim_start_matches('`').to_lowercase().starts_with(&typed))
        .map(|word| Pair { display: word.clone(), replacement: word })
        .collect()
}

#[cfg(test)]
mod tests {
    use highsea::Options;

    use super::*;

    fn offered(text: &str) -> (usize, Vec<String>) {
        let pool = Pool::in_memory(Options::default()).unwrap();
        pool.run("create customers (id text key, region text, `Total Spend` int, tags set)")
            .unwrap();
        let values = "(\"C1\", \"US\", 1, (\"vip\")), (\"C2\", \"UK\", 2, (\"new\", \"vip\"))";
        let columns = "(id, region, `Total Spend`, tags)";
        pool.run(&format!("insert into customers {columns} values {values}")).unwrap();
        pool.run("create events orders (amount int, `Unit Price` int)").unwrap();
        let (start, pairs) = offer(text, &pool);
        (start, pairs.into_iter().map(|pair| pair.replacement).collect())
    }

    #[test]
    fn names_and_keywords_are_offered_by_what_they_begin_with() {
        assert_eq!(offered("reg"), (0, vec!["region".to_owned()]));
        let (start, words) = offered("region = \"US\" and t");
        assert_eq!(start, 18);
        assert!(words.contains(&"tags".to_owned()) && words.contains(&"`Total Spend`".to_owned()));
        assert!(words.contains(&"today".to_owned()));
        assert_eq!(offered("dum"), (0, vec!["dump".to_owned()]));
        assert!(offered("verify dee").1.contains(&"deep".to_owned()));
    }

    #[test]
    fn event_tables_are_offered_and_their_properties_after_a_point() {
        assert!(offered("count(ord").1.contains(&"orders".to_owned()));
        assert_eq!(offered("sum(orders.").1, ["at", "amount", "`Unit Price`"]);
        assert_eq!(offered("sum(orders.am"), (11, vec!["amount".to_owned()]));
    }

    #[test]
    fn values_are_offered_within_quotes() {
        assert_eq!(offered("region = \"U"), (10, vec!["UK\"".to_owned(), "US\"".to_owned()]));
        assert_eq!(offered("region in ('UK', 'US").1, ["US'"]);
        assert_eq!(offered("region = \"US\" and tags contains any (\"v").1, ["vip\""]);
    }

    #[test]
    fn files_are_offered_where_a_statement_names_one() {
        for text in ["load from \"src", "restore from 'src", "dump to \"src", "copy to \"src"] {
            assert!(offered(text).1.iter().any(|path| path.starts_with("src")), "{text}");
        }
    }

    #[test]
    fn commands_are_offered_after_a_dot() {
        assert_eq!(offered(".mo"), (0, vec![".mode".to_owned()]));
        assert_eq!(offered(".mode js"), (6, vec!["json".to_owned(), "jsonl".to_owned()]));
    }
}
