//! Random statements.

use proptest::prelude::*;

use super::care_strategy::any_care;
use super::derived_strategy::any_derived_statement;
use super::event_strategy::any_filter;
use super::group_strategy::any_group_statement;
use super::insight_strategy::any_insight;
use super::strategy::{
    any_comparison, any_duration, any_leaf, any_name, any_rule, any_text, any_text_name,
};
use crate::lang::SourceSpan;
use crate::lang::ast::{
    Alteration, ColumnDefinition, Delimiter, Export, ExprKind, Having, Import, ImportType, Measure,
    MeasureFunction, Name, OrderKey, Projection, Select, Setting, Showing, Statement,
    StatementKind, Summarize, TextLiteral, TypeName, Upkeep,
};
use crate::model::{Decimal, Type};

fn any_columns() -> BoxedStrategy<Vec<Projection>> {
    let projection = (any_rule(), prop::option::of(any_name()))
        .prop_map(|(value, name)| Projection { value, name });
    prop::collection::vec(projection, 0..3).boxed()
}

fn any_select() -> BoxedStrategy<Select> {
    let key =
        (any_rule(), any::<bool>()).prop_map(|(value, descending)| OrderKey { value, descending });
    let number = || prop::option::of(any::<u64>());
    let order = prop::collection::vec(key, 0..3);
    (any_columns(), prop::option::of(any_rule()), order, number(), number())
        .prop_map(|(columns, rule, order, limit, offset)| Select {
            columns,
            rule,
            order,
            limit,
            offset,
        })
        .boxed()
}

fn any_summarize() -> BoxedStrategy<Summarize> {
    let functions = [
        MeasureFunction::Sum,
        MeasureFunction::Avg,
        MeasureFunction::Min,
        MeasureFunction::Max,
        MeasureFunction::Median,
        MeasureFunction::Distinct,
        MeasureFunction::Count,
        MeasureFunction::Quantile(Decimal::new(95, 2)),
        MeasureFunction::Quantile(Decimal::from(1)),
    ];
    let span = SourceSpan::default();
    let argument = any_rule().prop_filter("no figure is over events", |argument| {
        !matches!(argument.kind, ExprKind::Property { .. })
    });
    let of = (prop::sample::select(functions.to_vec()), argument)
        .prop_map(move |(function, x)| Measure { function, argument: Some(x), span });
    let count = Just(Measure { function: MeasureFunction::Count, argument: None, span });
    let measures = prop::collection::vec(prop_oneof![count, of], 1..3);
    (measures, prop::collection::vec(any_name(), 0..3), prop::option::of(any_rule()))
        .prop_flat_map(|(measures, by, rule)| {
            let having = prop::option::of(any_having(&measures));
            let fixed = (Just(measures), Just(by), Just(rule));
            (fixed, having, any::<bool>()).prop_map(|((measures, by, rule), having, totals)| {
                Summarize { measures, by, rule, having, totals }
            })
        })
        .boxed()
}

/// A rule over some figures.
fn any_having(figures: &[Measure]) -> BoxedStrategy<Having> {
    let figure = || prop::sample::select(figures.to_vec());
    let value = any_leaf().prop_filter("a constant", |value| {
        matches!(value.kind, ExprKind::Literal(_) | ExprKind::Parameter(_))
    });
    let leaf = prop_oneof![
        (figure(), any_comparison(), value)
            .prop_map(|(figure, op, value)| Having::Compare(figure, op, value)),
        (figure(), any::<bool>()).prop_map(|(figure, negated)| Having::Missing(figure, negated)),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let several = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several().prop_map(Having::Any),
            several().prop_map(Having::All),
            inner.clone().prop_map(|inner| Having::Not(Box::new(inner))),
        ]
    })
    .boxed()
}

fn any_type() -> BoxedStrategy<TypeName> {
    let types = vec![
        Type::Bool,
        Type::Int,
        Type::Decimal { scale: 0 },
        Type::Decimal { scale: 18 },
        Type::Float,
        Type::Money { currency: "USD".parse().unwrap() },
        Type::Text,
        Type::Date,
        Type::Timestamp,
        Type::Set,
    ];
    prop::sample::select(types).prop_map(|ty| TypeName { ty, span: SourceSpan::default() }).boxed()
}

/// Names, none twice.
fn any_names() -> BoxedStrategy<Vec<Name>> {
    prop::collection::btree_set(any_text_name(), 1..4)
        .prop_map(|names| {
            let name = |text| Name { text, span: SourceSpan::default() };
            names.into_iter().map(name).collect()
        })
        .boxed()
}

fn any_definitions() -> BoxedStrategy<Vec<ColumnDefinition>> {
    (any_names(), any_type(), prop::option::of(0_usize..4))
        .prop_map(|(names, ty, key)| {
            let define =
                |(i, name)| ColumnDefinition { name, ty: ty.clone(), is_key: key == Some(i) };
            names.into_iter().enumerate().map(define).collect()
        })
        .boxed()
}

fn any_with() -> BoxedStrategy<Vec<ImportType>> {
    (any_names(), any_type(), prop::option::of(any_text()), any::<bool>())
        .prop_map(|(names, ty, format, some)| {
            let names = if some { names } else { Vec::new() };
            let typed = |name| ImportType { name, ty: ty.clone(), format: format.clone() };
            names.into_iter().map(typed).collect()
        })
        .boxed()
}

fn any_import() -> BoxedStrategy<Import> {
    let name = || prop::option::of(any_name());
    let character = "[;,|\t]"
        .prop_map(|text| Delimiter::Character(TextLiteral { text, span: SourceSpan::default() }));
    let delimiter = prop::option::of(prop_oneof![Just(Delimiter::Blanks), character]);
    let form = (prop::option::of(any_names()), delimiter, prop::option::of(any_text()), any_with());
    let rest = (
        prop::collection::vec(any_text(), 0..2),
        prop::option::of(any_rule()),
        prop::option::of(any_text()),
        any::<[bool; 4]>(),
    );
    (any_name(), any_text(), (name(), name(), name()), form, rest)
        .prop_map(
            |(table, path, (key, customer, at), (columns, delimiter, encoding, with), rest)| {
                let (nulls, rule, rejects, [no_header, skip_errors, distinct, creating_customers]) =
                    rest;
                Import {
                    table,
                    path,
                    key,
                    customer,
                    at,
                    columns,
                    no_header,
                    delimiter,
                    encoding,
                    with,
                    nulls,
                    rule,
                    skip_errors,
                    rejects,
                    distinct,
                    creating_customers,
                }
            },
        )
        .boxed()
}

fn any_insert() -> BoxedStrategy<StatementKind> {
    (any_name(), any_names(), 1_usize..4)
        .prop_flat_map(|(table, columns, n_rows)| {
            let row = prop::collection::vec(any_rule(), columns.len());
            prop::collection::vec(row, n_rows).prop_map(move |rows| StatementKind::Insert {
                table: table.clone(),
                columns: columns.clone(),
                rows,
            })
        })
        .boxed()
}

fn any_delete() -> BoxedStrategy<StatementKind> {
    let customers = Name { text: "customers".to_owned(), span: SourceSpan::default() };
    prop_oneof![
        any_rule().prop_map(move |rule| StatementKind::Delete { table: customers.clone(), rule }),
        (any_name(), any_filter(any_name()))
            .prop_filter("another rule", |(table, _)| table.text != "customers")
            .prop_map(|(table, rule)| StatementKind::Delete { table, rule }),
    ]
    .boxed()
}

fn any_small_statement() -> BoxedStrategy<StatementKind> {
    let alteration = prop_oneof![
        (any_name(), any_type()).prop_map(|(name, ty)| Alteration::Add(name, ty)),
        any_name().prop_map(Alteration::Drop),
        (any_name(), any_name()).prop_map(|(from, to)| Alteration::Rename(from, to)),
    ];
    let setting = prop_oneof![
        any_rule().prop_map(Setting::Now),
        Just(Setting::SystemClock),
        any_text().prop_map(Setting::Timezone),
    ];
    prop_oneof![
        any_definitions().prop_map(StatementKind::CreateCustomers),
        (any_name(), any_definitions()).prop_map(|(table, mut columns)| {
            columns.iter_mut().for_each(|column| column.is_key = false);
            StatementKind::CreateEvents { table, columns }
        }),
        alteration.prop_map(StatementKind::Alter),
        any_name().prop_map(StatementKind::DropAttribute),
        any_name().prop_map(StatementKind::DescribeAttribute),
        setting.prop_map(StatementKind::Set),
        Just(StatementKind::Show(Showing::Schema)),
        Just(StatementKind::Show(Showing::Settings)),
        any_duration().prop_map(StatementKind::Advance),
        any_upkeep().prop_map(StatementKind::Upkeep),
    ]
    .boxed()
}

fn any_upkeep() -> BoxedStrategy<Upkeep> {
    prop_oneof![
        any::<bool>().prop_map(|deep| Upkeep::Verify { deep }),
        Just(Upkeep::Repair),
        Just(Upkeep::Checkpoint),
        any_text().prop_map(Upkeep::Backup),
        any_text().prop_map(Upkeep::Restore),
        (any_text(), prop::option::of(any_name()))
            .prop_map(|(to, backend)| Upkeep::Copy { to, backend }),
        any_text().prop_map(Upkeep::Dump),
        any_text().prop_map(Upkeep::Load),
    ]
    .boxed()
}

/// Any statement.
pub(super) fn any_statement() -> BoxedStrategy<Statement> {
    let export = (any_columns(), prop::option::of(any_rule()), any_text())
        .prop_map(|(columns, rule, path)| Export { columns, rule, path });
    let kind = prop_oneof![
        any_rule().prop_map(StatementKind::Rule),
        prop::option::of(any_rule()).prop_map(StatementKind::Count),
        any_select().prop_map(StatementKind::Select),
        any_summarize().prop_map(StatementKind::Summarize),
        (any::<bool>(), any_rule())
            .prop_map(|(analyze, rule)| StatementKind::Explain { analyze, rule }),
        export.prop_map(StatementKind::Export),
        any_import().prop_map(StatementKind::Import),
        any_insert(),
        any_delete(),
        any_small_statement(),
        any_group_statement().prop_map(StatementKind::Group),
        any_derived_statement(),
        any_insight().prop_map(StatementKind::Insight),
        any_care().prop_map(StatementKind::Care),
    ];
    kind.prop_map(|kind| Statement { kind, span: SourceSpan::default() }).boxed()
}
