//! Statements: what each form means, by its canonical text.

use crate::lang::ast::{Statement, StatementKind};
use crate::lang::{Code, parse_statement};

fn statement(text: &str) -> Statement {
    parse_statement(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn canonical_texts() {
    for (text, canonical) in [
        ("count", "count"),
        ("COUNT region = 'US';", "count region = \"US\""),
        ("count (region = \"US\")", "count region = \"US\""),
        ("count (-x > 3)", "count (-x > 3)"),
        ("select * where a", "select * where a"),
        ("select where a", "select * where a"),
        ("select order by a", "select * order by a"),
        ("select limit 5", "select * limit 5"),
        ("select limit, order, `where`", "select limit, order, `where`"),
        (
            "select a, b + 1 as c limit 5 offset 10 order by b desc, c asc where a = 1",
            "select a, b + 1 as c where a = 1 order by b desc, c limit 5 offset 10",
        ),
        (
            "summarize count, sum(spend), avg(a + b), distinct(c) where d by region, tier",
            "summarize count, sum(spend), avg(a + b), distinct(c) by region, tier where d",
        ),
        ("explain a = 1", "explain a = 1"),
        ("explain analyze a = 1", "explain analyze a = 1"),
        ("explain analyze > 3", "explain `analyze` > 3"),
        ("export where a = 1 to 'x.csv'", "export where a = 1 to \"x.csv\""),
        ("export * to \"x.csv\"", "export to \"x.csv\""),
        ("export a, b as c to \"x.csv\"", "export a, b as c to \"x.csv\""),
        (
            "create customers (id text key, a INT, b decimal(3), c decimal, m money(USD), s set)",
            "create customers (id text key, a int, b decimal(3), c decimal(2), m money(USD), s set)",
        ),
        (
            "import lines from \"l.csv.gz\" creating customers where q > 0 and c is not null \
             at `Invoice Date` customer c columns (c, q)",
            "import lines from \"l.csv.gz\" customer c at `Invoice Date` columns (c, q) \
             where q > 0 and c is not null creating customers",
        ),
        (
            "import customers from \"c\" where active on error skip rejects \"r\" distinct \
             with (null \"N/A\", age int, joined date \"%d\", null \"\") encoding \"latin1\" \
             delimiter \";\" no header key id",
            "import customers from \"c\" key id no header delimiter \";\" encoding \"latin1\" \
             with (age int, joined date \"%d\", null \"N/A\", null \"\") where active \
             on error skip rejects \"r\" distinct",
        ),
        (
            "import o from \"o\" where q > 0 KEY id delimiter blanks",
            "import o from \"o\" key id delimiter blanks where q > 0",
        ),
        (
            "insert into customers (id, tags) values (1, (\"a\", \"b\")), (-2, ()), (null, $t)",
            "insert into customers (id, tags) values (1, (\"a\", \"b\")), (-2, ()), (null, $t)",
        ),
        ("delete customers where a", "delete customers where a"),
        ("alter customers add column city text", "alter customers add column city text"),
        ("alter customers drop column city", "alter customers drop column city"),
        ("alter customers rename column a to b", "alter customers rename column a to b"),
        ("show schema", "show schema"),
        ("Show Settings ;", "show settings"),
        ("set now = 2011-12-09T23:59:59", "set now = 2011-12-09T23:59:59"),
        ("set now = now + 1 day", "set now = now + 1 day"),
        ("set now = SYSTEM", "set now = system"),
        ("set timezone = 'Asia/Shanghai'", "set timezone = \"Asia/Shanghai\""),
        ("advance now by 30d", "advance now by 30 days"),
        ("VERIFY", "verify"),
        ("verify /* all */ Deep;", "verify deep"),
        ("repair", "repair"),
        ("checkpoint", "checkpoint"),
        ("backup to 'a/b'", "backup to \"a/b\""),
        ("restore from \"a\"", "restore from \"a\""),
        ("copy to \"a\"", "copy to \"a\""),
        ("copy to \"a\" WITH Backend redb", "copy to \"a\" with backend redb"),
        ("copy to \"a\" with backend `copy`", "copy to \"a\" with backend `copy`"),
        ("dump to \"a\"", "dump to \"a\""),
        ("load from \"a\"", "load from \"a\""),
    ] {
        assert_eq!(statement(text).to_string(), canonical, "{text}");
        assert_eq!(statement(canonical), statement(text), "{text}");
    }
}

#[test]
fn words_that_begin_statements_are_names_before_an_operator() {
    for text in [
        "count > 3",
        "select = \"x\"",
        "show = 1",
        "set contains \"a\"",
        "count in (1, 2)",
        "count not in (1)",
        "count is null",
        "count and x",
        "count between 1 and 2",
        "count - 1 > 3",
        "count * 2 > 3",
        "delete starts with \"a\"",
        "import within last 3 days",
        "explain since 2026-01-01",
        "create /* a name */ != 1",
        "count like \"a\"",
        "`count`",
        "verify = 3",
        "verify and deep",
        "repair or x",
        "checkpoint - 1 > 3",
        "backup is null",
        "restore starts with \"a\"",
        "copy > 2",
        "dump between 1 and 2",
        "load in (1, 2)",
        "deep",
        "backend = \"redb\"",
    ] {
        assert!(matches!(statement(text).kind, StatementKind::Rule(_)), "{text}");
    }
    for text in [
        "count",
        "count x > 3",
        "count not x",
        "count in group vip",
        "count not in group vip",
        "count (spend) > 3",
        "count(spend)",
        "count(a or b) and c",
        "count contains = 3",
        "count since > 3",
    ] {
        assert!(matches!(statement(text).kind, StatementKind::Count(_)), "{text}");
    }
}

#[test]
fn each_clause_stands_once() {
    for text in [
        "select a where b where c",
        "select a limit 1 order by a limit 2",
        "select a order by a order by b",
        "summarize count by a by b",
        "import t from \"x\" key a key b",
        "import t from \"x\" no header no header",
        "import t from \"x\" distinct distinct",
        "import t from \"x\" where a where b",
        "create customers (a int, a int)",
        "create customers (a int key, b int key)",
        "insert into t (a, a) values (1, 2)",
    ] {
        assert_eq!(parse_statement(text).unwrap_err().code, Code::Duplicate, "{text}");
    }
}

#[test]
fn a_statement_stands_where_its_words_do() {
    let text = "  /* note */ select a where b ; -- end";
    let span = statement(text).span;
    assert_eq!(&text[span.start..span.end], "select a where b");
}
