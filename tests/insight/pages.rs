//! The page of a profile: whole, by itself, and safe whatever the data hold.

use highsea::{Outcome, Pool};

use super::random::Random;
use super::world::{World, run, seeds};

fn page(pool: &Pool, statement: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let statement = format!("{statement} to \"{}\"", path.display());
    let Outcome::Profile(profile) = run(pool, &statement) else { panic!("{statement}") };
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, profile.to_html());
    written
}

/// The elements of a page that are begun and not ended, in their order.
fn check_balanced(page: &str) {
    const VOID: [&str; 4] = ["meta", "line", "rect/", "!doctype"];
    let mut open: Vec<&str> = Vec::new();
    for piece in page.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').unwrap_or_else(|| panic!("open tag: {piece:?}"));
        let name = tag.split_whitespace().next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "in {page}"),
            None if tag.ends_with('/') || VOID.contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?} are not ended");
}

#[test]
fn pages_are_whole_whatever_the_pool() {
    for seed in seeds().take(30) {
        let world = World::random(&mut Random::new(seed));
        let pool = world.pool(1);
        for rule in ["", " where vip", " where region = 'none'", " where vip vs region = 'none'"] {
            let page = page(&pool, &format!("profile{rule}"));
            check_balanced(&page);
            assert!(!page.contains("NaN") && !page.contains("inf"), "seed {seed}: {page}");
        }
    }
}

#[test]
fn nothing_of_the_data_gets_out_of_its_place() {
    let pool = World { customers: Vec::new(), orders: Vec::new() }.pool(1);
    let bad = "</td><script>alert('x')</script>\" onload=\"y";
    run(
        &pool,
        &format!("insert into customers (id, region) values (1, '{}')", bad.replace('\'', "\\'")),
    );
    run(&pool, "alter customers rename column age to `<img src=x>`");
    run(&pool, "insert into customers (id, `<img src=x>`) values (1, 4)");
    let at = "2026-06-01T10:00:00";
    run(
        &pool,
        &format!("insert into orders (customer, at, category) values (1, {at}, '<svg/onload=z>')"),
    );
    let page = page(&pool, "profile where region like '%<script>%'");
    check_balanced(&page);
    for tag in ["<script", "<img", "<svg/", "onload=\"y"] {
        assert!(!page.contains(tag), "{tag} in {page}");
    }
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onload="));
    // Nothing is fetched.
    assert!(!page.contains("http") && !page.contains("url(") && !page.contains("@import"));
}
