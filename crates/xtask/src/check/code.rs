//! Rust text with comments and literals blanked out: what is left is code, at the same places.

/// The text with every comment and every string or character literal turned into spaces.
pub fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let hidden = hidden(rest, code.chars().next_back());
        let (blank, after) = rest.split_at(hidden.max(letter.len_utf8()));
        if hidden == 0 {
            code.push(letter);
        } else {
            // byte for byte, so that offsets stay
            code.extend(blank.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    code
}

/// How many bytes of a comment or a literal begin here.
fn hidden(rest: &str, before: Option<char>) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
        return if rest.starts_with('"') { string(rest) } else { 0 };
    }
    let prefix = rest.len() - rest.trim_start_matches(['b', 'c']).len();
    let bare = rest.get(prefix..).unwrap_or_default();
    if prefix <= 1 && bare.starts_with('"') {
        return prefix + string(bare);
    }
    if prefix <= 1 && bare.starts_with('r') {
        return raw_string(bare).map_or(0, |length| prefix + length);
    }
    0
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut pairs = rest.char_indices().zip(rest.chars().skip(1));
    while let Some(((at, first), second)) = pairs.next() {
        match (first, second) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => continue,
        }
        pairs.next();
        if depth == 0 {
            return at + 2;
        }
    }
    rest.len()
}

fn character(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => {
            letters.next();
            letters.find(|(_, letter)| *letter == '\'').map_or(0, |(at, _)| at + 1)
        }
        // without a closing quote it is a lifetime
        Some(_) => letters.next().filter(|(_, letter)| *letter == '\'').map_or(0, |(at, _)| at + 1),
        None => 0,
    }
}

fn string(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('r')?.trim_start_matches('#');
    let fences = rest.len() - body.len() - 1;
    let inside = body.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(fences));
    let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(1 + fences + 1 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let code = code_only(text);
        assert_eq!(code.len(), text.len(), "offsets stay");
        code.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn comments_are_blank() {
        assert_eq!(words("a // b\nc /* d /* e */ f */ g"), ["a", "c", "g"]);
    }

    #[test]
    fn strings_are_blank_with_their_escapes_and_fences() {
        assert_eq!(words(r#"a "b \" c" d b"e" f"#), ["a", "d", "f"]);
        assert_eq!(words("a r#\"b \" // c\"# d r\"\\\" e"), ["a", "d", "e"]);
        assert_eq!(words("для \"кого\" это"), ["для", "это"]);
    }

    #[test]
    fn a_lifetime_is_no_literal() {
        assert_eq!(words(r"fn f<'a>(x: &'a str, q: char) { q == '\'' || q == '/' }").last().unwrap(), "}");
        assert!(code_only("&'a str").contains("'a"));
    }
}
