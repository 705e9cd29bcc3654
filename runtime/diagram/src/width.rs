//! How wide text is, for a reader whose fonts nobody knows: a little more than in Helvetica.

/// The width of a text in a font of this size.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

/// The width of a character in parts of the size of the font.
fn em(char: char) -> f64 {
    match char {
        'i' | 'j' | 'l' | '\'' | '|' => 0.25,
        'f' | 't' | 'I' | ' ' | '.' | ',' | ':' | ';' | '!' | '/' | '\\' | '(' | ')' | '['
        | ']' => 0.31,
        'r' | '-' | '`' | '"' | '{' | '}' | '*' => 0.38,
        'm' | 'W' | '@' | '%' | '—' => 0.95,
        'M' | 'w' | 'O' | 'Q' | 'G' => 0.8,
        'A'..='Z' | '&' => 0.71,
        char if char.is_ascii() => 0.57,
        // Ideographs, kana and emoji are squares.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{3fffd}' => 1.05,
        _ => 0.65,
    }
}

/// The text, cut in its middle if it has more characters than fit.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let chars: Vec<char> = text
        .chars()
        .map(|it| if it.is_control() { ' ' } else { it })
        .collect();
    if chars.len() <= most {
        return chars.into_iter().collect();
    }
    let head = most.saturating_sub(1).div_ceil(2);
    let tail = most.saturating_sub(1) - head;
    chars[..head]
        .iter()
        .copied()
        .chain(['…'])
        .chain(chars[chars.len() - tail..].iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(shortened("abcdefghij", 10), "abcdefghij");
        assert_eq!(shortened("abcdefghijk", 6), "abc…jk");
        assert_eq!(shortened("a\nb", 9), "a b");
    }
}
