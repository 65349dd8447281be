//! Sets in one field: `a|b`.
//!
//! A bar between elements; `\|`, `\\` and a blank behind a backslash stand for themselves, `\e` for
//! an empty element. Nothing between two bars is no element.

/// Gives every element of a set's text.
pub(crate) fn read_set(text: &str, mut element: impl FnMut(&str)) {
    if !text.contains('\\') {
        text.split('|').filter(|part| !part.is_empty()).for_each(element);
        return;
    }
    let mut current = String::new();
    let mut marked_empty = false;
    let mut characters = text.chars().peekable();
    loop {
        let next = characters.next();
        match (next, characters.peek()) {
            (None | Some('|'), _) => {
                if marked_empty || !current.is_empty() {
                    element(&current);
                }
                current.clear();
                marked_empty = false;
                if next.is_none() {
                    return;
                }
            }
            (Some('\\'), Some('|' | '\\' | ' ' | '\t')) => current.extend(characters.next()),
            (Some('\\'), Some('e')) => {
                characters.next();
                marked_empty = true;
            }
            (Some(character), _) => current.push(character),
        }
    }
}

/// Appends the text that [`read_set`] reads as these elements.
pub(crate) fn write_set(elements: &[String], out: &mut String) {
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            out.push('|');
        }
        if element.is_empty() {
            out.push_str("\\e");
        }
        // A blank at the start is marked, so that a field of blanks alone is not taken as missing.
        if element.starts_with([' ', '\t']) {
            out.push('\\');
        }
        for character in element.chars() {
            if matches!(character, '|' | '\\') {
                out.push('\\');
            }
            out.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut elements = Vec::new();
        read_set(text, |element| elements.push(element.to_owned()));
        elements
    }

    #[test]
    fn bars_part_elements() {
        assert_eq!(read("a|b c|d"), ["a", "b c", "d"]);
        assert_eq!(read("a||b|"), ["a", "b"]);
        assert_eq!(read("\\e|a\\|b|c\\\\d"), ["", "a|b", "c\\d"]);
        assert_eq!(read("C:\\temp"), ["C:\\temp"]);
        assert!(read("").is_empty());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(elements in proptest::collection::vec("[a|\\\\e \t\u{1F600}]{0,4}", 0..5)) {
            let mut text = String::new();
            write_set(&elements, &mut text);
            prop_assert_eq!(read(&text), elements);
        }
    }
}
