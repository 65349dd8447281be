//! What each predicate of each type becomes.

use super::{all_become, shown};

#[test]
fn numbers_become_units_exactly() {
    all_become(&[
        ("age = 30", "age {30}"),
        ("age != 30", "age {..29, 31..}"),
        ("age > 30.5", "age {31..}"),
        ("age <= 30.5", "age {..30}"),
        ("age = 30.5", "age {}"),
        ("age != 30.5", "age {..}"),
        ("age = 30.0", "age {30}"),
        ("age < 99999999999999999999", "age {..}"),
        ("age > -99999999999999999999", "age {..}"),
        ("age = 99999999999999999999", "age {}"),
        ("age > 9223372036854775807", "age {}"),
        ("age >= -9223372036854775808", "age {..}"),
        ("spend > 9.995", "spend {1000..}"),
        ("spend >= 9.995", "spend {1000..}"),
        ("spend < 9.995", "spend {..999}"),
        ("spend <= -9.995", "spend {..-1000}"),
        ("spend = 9.99", "spend {999}"),
        ("9.99 = spend", "spend {999}"),
        ("10 > spend", "spend {..999}"),
        ("(spend) >= 10", "spend {1000..}"),
        ("spend in (1, 2.5, 2.505, 1.01)", "spend {100..101, 250}"),
        ("spend not in (1, 2.505)", "spend {..99, 101..}"),
        ("spend between 1 and 2.505", "spend {100..250}"),
        ("spend not between 1 and 2.505", "spend {..99, 251..}"),
        ("spend between 5 and 1", "spend {}"),
        ("spend is 3", "spend {300}"),
        ("spend is not 3", "not spend {300}"),
        ("spend is null", "not known(spend)"),
        ("spend is not null", "known(spend)"),
        ("spend is missing", "not known(spend)"),
        ("spend is known", "known(spend)"),
        ("spend > -5", "spend {-499..}"),
        ("spend > 1.5 * 100", "spend {15001..}"),
        ("spend > 100 / 3", "spend {3334..}"),
        ("spend > abs(-2) + round(1.5)", "spend {401..}"),
    ]);
}

#[test]
fn money_takes_its_currency_or_a_bare_number() {
    all_become(&[
        ("paid > 100 USD", "paid {10001..}"),
        ("paid > 100", "paid {10001..}"),
        ("paid <= 0.005 USD", "paid {..0}"),
        ("paid in (1 USD, 2)", "paid {100, 200}"),
        ("paid between 1 and 2 USD", "paid {100..200}"),
        ("paid > fee", "paid > fee"),
        ("paid + fee > 10", "(paid + fee):USD2 > 10:USD0"),
        ("paid * 1.5 > fee", "(paid * 1.5:1):USD3 > fee"),
        ("paid / fee > 0.5", "(paid / fee):8 > 0.5:1"),
        ("paid / 2 > 1 USD", "(paid / 2:0):USD8 > 1:USD0"),
        ("paid * score > 3", "(paid * score):float > 3:0"),
    ]);
}

#[test]
fn doubles_compare_with_the_nearest_double() {
    let units = |number: f64| crate::model::float_to_units(number).unwrap();
    assert_eq!(shown("score = 0.1"), format!("score {{{}}}", units(0.1)));
    assert_eq!(shown("score > 0.1"), format!("score {{{}..}}", units(0.1) + 1));
    assert_eq!(shown("score <= -2"), format!("score {{..{}}}", units(-2.0)));
    assert_eq!(shown("score = 0"), "score {0}");
}

#[test]
fn bools_are_rules() {
    all_become(&[
        ("active", "active {1}"),
        ("not active", "not active {1}"),
        ("active = true", "active {1}"),
        ("active = false", "active {0}"),
        ("active != true", "active {0}"),
        ("active in (true, false)", "active {0..1}"),
        ("active is true", "active {1}"),
        ("active is not true", "not active {1}"),
        ("active = vip", "active = vip"),
        ("active and vip", "(active {1} and vip {1})"),
        ("true or false", "(true or false)"),
    ]);
}

#[test]
fn texts_are_tested_by_code_point() {
    all_become(&[
        ("region = \"US\"", "region in [\"US\"]"),
        ("region != \"US\"", "region not in [\"US\"]"),
        ("region is not \"US\"", "not region in [\"US\"]"),
        ("region < \"US\"", "region < \"US\""),
        ("\"US\" <= region", "region >= \"US\""),
        ("region between \"A\" and \"B\"", "region >= \"A\" <= \"B\""),
        ("region not between \"A\" and \"B\"", "region not >= \"A\" <= \"B\""),
        ("region in (\"US\", \"CA\", \"US\")", "region in [\"CA\", \"US\"]"),
        ("region not in (\"US\")", "region not in [\"US\"]"),
        ("region starts with \"U\"", "region starts \"U\""),
        ("region not starts with \"U\"", "region not starts \"U\""),
        ("region ends with \"U\"", "region ends \"U\""),
        ("region contains \"U\"", "region contains \"U\""),
        ("region like \"U%\"", "region like U%"),
        ("region not ilike \"u%\"", "region not ilike u%"),
        ("region matches \"^U[SK]$\"", "region matches ^U[SK]$"),
        ("region = country", "region = country"),
        ("region in (\"US\", country)", "(region = country or region in [\"US\"])"),
        ("region not in (\"US\", country)", "(region != country and region not in [\"US\"])"),
        ("region = \"\"", "region in [\"\"]"),
    ]);
}

#[test]
fn sets_are_never_missing() {
    all_become(&[
        ("tags contains \"a\"", "tags any [\"a\"]"),
        ("tags not contains \"a\"", "not tags any [\"a\"]"),
        ("tags contains any (\"b\", \"a\", \"b\")", "tags any [\"a\", \"b\"]"),
        ("tags contains all (\"b\", \"a\")", "(tags any [\"a\"] and tags any [\"b\"])"),
        ("tags contains none (\"b\", \"a\")", "not tags any [\"a\", \"b\"]"),
        ("tags not contains none (\"a\")", "tags any [\"a\"]"),
        ("size(tags) >= 2", "#tags {2..}"),
        ("2 > size(tags)", "#tags {..1}"),
        ("size(tags) in (1, 3)", "#tags {1, 3}"),
        ("size(tags) between 1 and 2.5", "#tags {1..2}"),
        ("tags is empty", "#tags {0}"),
        ("tags is not empty", "#tags {..-1, 1..}"),
        ("tags is null", "false"),
        ("tags is not null", "true"),
        ("tags = \"a\"", "tags = [\"a\"]"),
        ("tags = (\"b\", \"a\", \"b\")", "tags = [\"a\", \"b\"]"),
        ("tags != (\"b\", \"a\")", "not tags = [\"a\", \"b\"]"),
    ]);
}

#[test]
fn the_key_goes_by_two_names() {
    all_become(&[
        ("key = \"C1\"", "key in [\"C1\"]"),
        ("customer_id in (\"C2\", \"C1\")", "key in [\"C1\", \"C2\"]"),
        ("key not in (\"C1\")", "key not in [\"C1\"]"),
        ("key starts with \"C\"", "key starts \"C\""),
        ("key is null", "false"),
        ("key is not null", "true"),
    ]);
}

#[test]
fn arithmetic_is_typed() {
    all_become(&[
        ("spend > 1.5 * previous", "spend > (1.5:1 * previous):4"),
        ("spend - previous > 0", "(spend + -previous:3):3 > 0:0"),
        ("age + 1 > visits", "(age + 1:0):0 > visits"),
        ("age / visits >= 0.5", "(age / visits):6 >= 0.5:1"),
        ("-age < 3", "-age:0 < 3:0"),
        ("abs(spend) > 3", "abs(spend):2 > 3:0"),
        ("round(spend) = 3", "round(spend):0 = 3:0"),
        ("round(previous, 1) = 3", "round(previous):1 = 3:0"),
        ("round(spend, 5) = 3", "spend = 3:0"),
        ("round(score) = 3", "round(score):float = 3:0"),
        ("score * 2 > spend", "(score * 2:0):float > spend"),
        ("age > spend", "age > spend"),
        ("spend > 1 / 0", "spend > (1:0 / 0:0):6"),
        ("1 + 1 = 2", "true"),
        ("\"a\" < \"b\"", "true"),
        ("spend * 2 is null", "not known((spend * 2:0):2)"),
        ("spend * 2 is known", "known((spend * 2:0):2)"),
        ("spend * 2 between 1 and 5", "((spend * 2:0):2 >= 1:0 and (spend * 2:0):2 <= 5:0)"),
        ("spend * 2 not between 1 and 5", "((spend * 2:0):2 < 1:0 or (spend * 2:0):2 > 5:0)"),
        ("age * 2 not in (1, 2)", "((age * 2:0):0 != 1:0 and (age * 2:0):0 != 2:0)"),
    ]);
}

#[test]
fn rankings_and_samples() {
    all_become(&[
        ("spend in top 1%", "spend Top 1%"),
        ("spend not in bottom 100", "spend not Bottom 100"),
        ("spend + previous in top 10% per region", "(spend + previous):3 Top 10% per region"),
        ("region in top 3", "region Top 3"),
        ("born in bottom 5 among (active)", "born Bottom 5 among active {1}"),
        ("sample 50%", "sample Some(9223372036854775808) seed 0"),
        ("sample 100% seed 7", "sample None seed 7"),
        ("sample 0% seed 7", "sample Some(0) seed 7"),
    ]);
}
