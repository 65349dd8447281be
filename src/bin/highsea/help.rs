//! `.help`.

use highsea::Demo;

/// What `.help` has pages about.
pub(crate) const TOPICS: [&str; 11] = [
    "rules",
    "time",
    "events",
    "classes",
    "groups",
    "reports",
    "care",
    "data",
    "statements",
    "upkeep",
    "demo",
];

/// The page about a topic; the overview without one.
pub(crate) fn about(topic: &str, is_demo: bool) -> Option<String> {
    match topic {
        "" if is_demo => Some(format!("{OVERVIEW}{DEMO_NOTE}")),
        "" => Some(format!("{OVERVIEW}{DATA_NOTE}")),
        "rules" => Some(RULES.to_owned()),
        "time" => Some(TIME.to_owned()),
        "events" => Some(EVENTS.to_owned()),
        "classes" => Some(CLASSES.to_owned()),
        "groups" => Some(GROUPS.to_owned()),
        "reports" => Some(REPORTS.to_owned()),
        "care" => Some(CARE.to_owned()),
        "data" => Some(DATA.to_owned()),
        "statements" => Some(STATEMENTS.to_owned()),
        "upkeep" => Some(UPKEEP.to_owned()),
        "demo" => Some(demo()),
        _ => None,
    }
}

fn demo() -> String {
    let rules = Demo::rules_to_try().iter().map(|rule| format!("  {rule}\n"));
    format!(
        "Rules to try on the demonstration pool (`highsea --demo`):\n\n{}",
        rules.collect::<String>()
    )
}

const OVERVIEW: &str = r#"Type a rule to count the customers it holds for, and see a few of them:

  region = "US" and orders_90d >= 3

or a statement (a `;` at the end is optional, and needed between two):

  select customer_id, city, age where region = "US" order by age desc limit 5
  summarize count, avg(spend_365d) by region where orders_365d > 0
  explain region = "US" and not (age < 30)
  show schema

Lines that start with a dot are the shell's own:

  .help [TOPIC]       rules, time, events, classes, groups, reports,
                      care, data, statements, upkeep, demo
  .mode FORMAT        table, csv, json, jsonl
  .timing on|off      the time each answer took
  .follow on|off      commit moves of the clock as they change attributes
  .read FILE          run a script
  .open [POOL]        go on with another pool (without one: in memory)
  .quit               or Ctrl-D

Tab completes names, keywords and values. Ctrl-C ends a running statement, or
clears the line. An open bracket or quote, or an operator at the end, goes on
to the next line.
"#;

const DEMO_NOTE: &str = "
This is the demonstration pool: `.help demo` has rules to try.
";

const DATA_NOTE: &str = r#"
To begin with data of your own (`.help data`):

  import customers from "customers.csv" key customer_id
  show schema
"#;

const RULES: &str = r#"A rule is true or false of each customer.

  region = "US"                    != < <= > >=        age between 25 and 34
  region in ("US", "CA")           region not in (…)   region is not "US"
  city starts with "San"           ends with, contains, like "San %", ilike,
                                   matches "^San (Jose|Diego)$"
  tags contains "vip"              contains any (…), contains all (…),
                                   contains none (…), is empty, size(tags) >= 2
  subscribed                       a yes-or-no attribute by its name
  spend_90d > 0.5 * spend_365d     + - * / abs() round()
  spend_365d in top 1%             in bottom 100, in top 10% per region
  last_order within last 30 days   more under `.help time`
  sample 10% seed 7                the same tenth each time
  … and …    … or …    not (…)

A comparison with a missing value is false: `region != "US"` leaves customers
of unknown region out. `not (region = "US")` is everybody else, them included;
`region is not "US"` says the same. `region is null` and `region is known` ask
for it.

A name with blanks stands in back-quotes: `Total Spend` > 100. `$name` is a
value from --param.
"#;

const TIME: &str = r#"  last_order within last 30 days           next 7 days, previous month, this year
  last_order between 90 and 30 days ago
  signup_date since 2026-01-01             before 2026-01-01, on 2026-05-30
  birth_date anniversary within next 7 days
  last_order < today - 2 weeks             today, yesterday, tomorrow, now
  years_since(birth_date) >= 18            days_since(), months_since()
  month(birth_date) = 12                   year() month() day() weekday() hour()

  set now = 2026-06-30T12:00:00            fixes the pool's clock; set now = system frees it
  advance now by 30 days
  set timezone = "Asia/Shanghai"
"#;

const EVENTS: &str = r#"  create events orders (at timestamp, amount decimal(2), category text)
  import orders from "orders.csv" customer customer_id at ordered_at
  insert into orders (customer, at, amount) values ("C1", 2026-06-29T10:00:00, 19.99)
  delete orders where amount < 0

  count(orders where category = "shoes" over last 90 days) >= 2
  sum(orders.amount over last 365 days) > 1000      avg min max median distinct
  last(orders.category) = "shoes"                   first(orders.at)
  any(orders where customer.region = "US")          no(orders over last 180 days)
  sequence(orders where category = "phone" as p
           then no orders where amount > p.amount
           then orders where category = "case" within 30 days)

  create attribute orders_30d as count(orders over last 30 days)
  create attribute busy as orders_30d >= 3 and region = "US"
  describe attribute orders_30d                     drop attribute busy

An attribute so made is right after every commit and at every instant.
"#;

const CLASSES: &str = r#"  create attribute tier as tiers of spend_365d (vip: top 1%, major: top 20%, small: rest)
  create attribute band as tiers of aov_365d (high: >= 200, medium: >= 50, low: rest)
  create attribute abc as shares of spend_365d (A: 80%, B: 95%, C: rest)
  create attribute fifth as ntile(5) of last_order      ntile(5, ties by key)
  create attribute phase as case when last_order is null then "prospect"
    when last_order within last 90 days then "active" else "sleeping" end

  tiers of spend_365d (best: top 1%, other: rest) per region among (orders_90d > 0)

  describe attribute tier                               cuts, sizes, shares
  create attribute t as tiers of … with history
  transitions of t between 2026-10-01 and 2026-11-01    who moved from which to which

  show scheme rfm        create scheme rfm on orders (amount) over last 365 days
  pyramid, abc, lifecycle, channel, influence           the other schemes

Equal values are in one class. Classes are right after every commit and at
every instant, as all derived attributes are.
"#;

const REPORTS: &str = r#"  profile where in group loyal                          all that can be told
  profile where RULE vs RULE to "vip.html"              a page with charts

  overlap loyal, launch, age < 30 as young              what they have in common
  rank category in orders where RULE over last 90 days limit 20
  rank category in orders by customers                  by sum(amount), vs RULE
  intervals of orders where RULE                        from one purchase to the next
  transitions of category in orders                     what follows what
  cohorts of orders by month                            who comes back

  (orders where amount > 10) stands for some of the orders.
"#;

const CARE: &str = r#"  create standard vip_care for group vip (visit every 30 days by contacts,
    answer within 2 hours by consultations, offer "10% off", owner key_accounts)
  due visits for group vip within next 7 days          who is owed a visit, overdue first
  in due vip_care                                      in any rule: who is owed one now
  standards report over last 90 days                   what was kept and what was not
  show standards          describe standard vip_care   alter, drop standard

  create ownership                                     an attribute `owner`, events `ownership`
  claim keys ("C1", "C2") for "anna"                   claim where RULE: those who are free
  release keys ("C1")                                  release where RULE
  create standard back for customers
    (release after 90 days by contacts, protect 30 days, limit 200)
  release due                                          the clock's moves do it by themselves

  store report of orders by consultations over last 30 days
    stages (small: 50 old 10%, middle: 300 old 30%, large: rest old 50%)

A standard's due list is a group: `changes of`, `history of` and the like take
`due vip_care` in back-quotes, and the idle list `idle back`.
"#;

const GROUPS: &str = r#"  create dynamic group loyal as region = "US" and orders_90d >= 3
  create fixed group launch as in group loyal and spend_365d in top 50
  create fixed group picked from keys ("C1", "C2")     from "ids.csv" key customer_id
  in group loyal and not in group launch               in any rule

  show groups             describe group loyal         groups of "C1"
  members of launch       members of loyal as of 2026-06-01
  changes of loyal since 1834                          history of loyal over last 90 days
  why "C1" in loyal       next change of loyal         leaving loyal within next 7 days

  preview alter group loyal as RULE                    who would enter and leave
  compare loyal with RULE                              diff loyal, launch
  alter group loyal as RULE                            freeze loyal as loyal_june
  add keys ("C3") to picked                            remove where RULE from picked
  rename group a to b     drop group a cascade
  create dynamic group spring as RULE expire at 2026-07-01   alter group launch expire never

The members of a dynamic group keep themselves, after every commit and at every
instant; a fixed group keeps those it was given.
"#;

const DATA: &str = r#"  import customers from "customers.csv" key customer_id
  import customers from "people.jsonl.gz" key id with (age int, null "N/A")
  import customers from "people.parquet" key id columns (id, region) where id > 9
  import customers from "messy.csv" key id on error skip rejects "bad.csv"

  create customers (customer_id text key, region text, spend decimal(2), tags set)
  insert into customers (customer_id, region) values ("C1", "US"), ("C2", null)
  alter customers add column city text
  delete customers where last_order before 2020-01-01

  export where region = "US" to "us.csv"          also .jsonl, .parquet

Types are guessed from the whole file unless `with (…)` declares them. An import
is all or nothing unless `on error skip` is given. Without `key`, a customer's
key is the row's number.
"#;

const STATEMENTS: &str = r#"  RULE                                            counts, and shows a few
  count RULE                                      counts
  select NAME, … where RULE order by NAME desc limit 20
  summarize count, sum(NAME), avg(NAME) by NAME where RULE
  explain RULE            explain analyze RULE    how it is answered
  export where RULE to "FILE"
  create customers, import, insert into, delete, alter customers        `.help data`
  create events, create attribute, drop, describe                       `.help events`
  tiers, shares, ntile, case, create scheme, transitions                `.help classes`
  profile, overlap, rank, intervals, cohorts                            `.help reports`
  create dynamic group, changes of, why, preview, …                     `.help groups`
  create standard, due visits, claim, release, store report             `.help care`
  set now, advance now, set timezone                                    `.help time`
  show schema             show settings
  verify, backup, restore, dump, load, copy, checkpoint, repair         `.help upkeep`
"#;

const UPKEEP: &str = r#"  verify                      reads every stored part, checks its checksum
  verify deep                 decodes every part as well (or: highsea --verify POOL)
  repair                      rebuilds what can be made of what is whole

  backup to "DIRECTORY"       the last commit, while others go on reading and writing
  restore from "DIRECTORY"    into a pool without customers
  copy to "DIRECTORY" with backend redb       the same as a pool of another backend

  dump to "DIRECTORY"         a script and a Parquet file, for any other release
  load from "DIRECTORY"       into a pool without customers
  checkpoint                  writes the log's changes into the columns

A directory that is written must be absent or empty. `verify` that finds damage
ends a script with exit status 1.
"#;
