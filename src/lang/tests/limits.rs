//! Long and deep texts: answered at once or refused at once, on a thread's default stack.

use std::time::{Duration, Instant};

use crate::lang::ast::{Expr, ExprKind, List, Test};
use crate::lang::{Code, completeness, parse_rule, parse_statement, split, tokenize};

/// Generous for a debug build on a busy machine; what is quadratic takes minutes.
const SOON: Duration = Duration::from_secs(30);

fn soon<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let elapsed = start.elapsed();
    println!("{what}: {elapsed:?}");
    assert!(elapsed < SOON, "{what} took {elapsed:?}");
    result
}

/// A million, and fewer in a debug build, where a key takes 20 µs.
const N_KEYS: usize = if cfg!(debug_assertions) { 50_000 } else { 1_000_000 };

/// Runs on a stack of the size that new threads have; the frames of a debug build take twice that
/// for the worst forms, which [`too_small_a_stack_is_an_error`] covers.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    let size = if cfg!(debug_assertions) { 4 << 20 } else { 2 << 20 };
    on_stack(size, work);
}

fn on_stack(size: usize, work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(size).spawn(work).unwrap().join().unwrap();
}

fn nested(open: &str, inner: &str, close: &str, levels: usize) -> String {
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn two_hundred_levels_parse_print_and_drop_on_a_small_stack() {
    on_small_stack(|| {
        for (open, inner, close) in [
            ("(", "a", ")"),
            ("(", "a = 1", ")"),
            ("abs(", "a", ")"),
            ("not ", "a = 1", ""),
            ("- ", "a", ""),
            ("(b or ", "a", ")"),
            ("(1 + ", "a", ")"),
        ] {
            let text = nested(open, inner, close, 200);
            let rule = soon(open, || parse_rule(&text)).unwrap();
            assert_eq!(parse_rule(&rule.to_string()).unwrap(), rule);
            parse_statement(&text).unwrap();
        }
        let sum = format!("sum({})", nested("(1 + ", "t.x", ")", 199));
        let filter = format!("count(t where {})", nested("(a or ", "b", ")", 199));
        let step = format!("sequence(t then t where {})", nested("not (", "b", ")", 99));
        for text in [sum, filter, step] {
            let rule = soon(&text[..5], || parse_rule(&text)).unwrap();
            assert_eq!(parse_rule(&rule.to_string()).unwrap(), rule);
        }
        for open in
            ["count(t where ", "sum(", "any(t where x or no(t where ", "sequence(t then t where "]
        {
            let levels = if open.matches('(').count() == 2 { 100 } else { 200 };
            let text = nested(open, "a", &")".repeat(open.matches('(').count()), levels);
            assert_ne!(soon(open, || parse_rule(&text)).unwrap_err().code, Code::TooDeep);
        }
        let among = nested("x in top 1% among (", "a", ")", 200);
        let rule = soon("among", || parse_rule(&among)).unwrap();
        assert_eq!(parse_rule(&rule.to_string()).unwrap(), rule);
    });
}

/// Whatever the stack, the answer is the rule or an error that says so.
#[test]
fn too_small_a_stack_is_an_error() {
    for size in [256 << 10, 512 << 10, 1 << 20, 2 << 20] {
        on_stack(size, || {
            for open in ["(", "abs(", "(1 + ", "(not a or ", "(a = ", "x in top 1 among ("] {
                let text = nested(open, "a", ")", 200);
                if let Err(error) = parse_rule(&text) {
                    assert_eq!(error.code, Code::TooDeep, "{error}");
                }
            }
            for open in ["count(t where ", "sum(", "sequence(t then t where "] {
                parse_rule(&nested(open, "a", ")", 200)).unwrap_err();
            }
        });
    }
}

#[test]
fn deeper_nesting_is_refused_at_once() {
    on_small_stack(|| {
        for (open, levels) in [
            ("(", 100_000),
            ("not ", 10_000),
            ("- ", 10_000),
            ("abs(", 50_000),
            ("not (-", 201),
            ("count(t where ", 201),
            ("sum(", 50_000),
            ("sequence(t then t where ", 201),
        ] {
            for close in ["", ")"] {
                let text = nested(open, "a", close, levels);
                let error = soon(open, || parse_rule(&text)).unwrap_err();
                assert_eq!(error.code, Code::TooDeep, "{open}");
                soon("completeness", || completeness(&text));
            }
        }
        let mixed = format!("{}a{}", "(not - ".repeat(100), ")".repeat(100));
        assert_eq!(parse_rule(&mixed).unwrap_err().code, Code::TooDeep);
    });
}

#[test]
fn ten_thousand_clauses_are_one_node() {
    for word in ["and", "or"] {
        let clauses: Vec<String> = (0..10_000).map(|n| format!("spend_{n} >= {n}")).collect();
        let rule = soon(word, || parse_rule(&clauses.join(&format!(" {word} ")))).unwrap();
        let (ExprKind::And(parts) | ExprKind::Or(parts)) = &rule.kind else { panic!("{rule}") };
        assert_eq!(parts.len(), 10_000);
    }
    let aggregates = vec!["count(t where not a over last 3 days) > 1"; 10_000].join(" and ");
    let rule = soon("aggregates", || parse_rule(&aggregates)).unwrap();
    assert_eq!(rule.to_string(), aggregates);
    let steps = format!(
        "sequence({})",
        vec!["t where not a as"; 10_000]
            .iter()
            .enumerate()
            .map(|(n, step)| format!("{step} s{n}"))
            .collect::<Vec<_>>()
            .join(" then ")
    );
    let rule = soon("steps", || parse_rule(&steps)).unwrap();
    assert_eq!(rule.to_string(), steps);
    for operator in ["+", "*"] {
        let text = vec!["x"; 10_000].join(operator);
        let value = soon(operator, || parse_rule(&text)).unwrap();
        assert_eq!(parse_rule(&value.to_string()).unwrap(), value);
    }
}

#[test]
fn a_million_keys_are_one_list() {
    let keys: Vec<String> = (0..N_KEYS).map(|n| format!("\"C{n}\"")).collect();
    let text = format!("key in ({})", keys.join(", "));
    let rule = soon("a million keys", || parse_rule(&text)).unwrap();
    let ExprKind::Test { test: Test::In(List::Values(values)), .. } = &rule.kind else {
        panic!("no list")
    };
    assert_eq!(values.len(), N_KEYS);
    soon("its tokens", || tokenize(&text));
    soon("its error", || parse_rule(&text[..text.len() - 1])).unwrap_err();
}

#[test]
fn a_long_script_is_split_at_once() {
    let script = "insert into customers (id) values (1); -- done\n".repeat(20_000);
    assert_eq!(soon("a script", || split(&script)).len(), 20_000);
    let row = vec!["(\"C1\", 2, 3.5, 2026-01-01, null, -1)"; N_KEYS / 100].join(", ");
    let text = format!("insert into customers (a, b, c, d, e, f) values {row}");
    soon("an insert", || parse_statement(&text)).unwrap();
}

#[test]
fn brackets_are_read_once_each() {
    let text = nested("((a = 1) and (", "b", "))", 66);
    let rule: Expr = soon("brackets", || parse_rule(&text)).unwrap();
    assert!(matches!(rule.kind, ExprKind::And(_)));
}
