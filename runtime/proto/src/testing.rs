//! For tests of this crate and of others: messages that are changed on their way.

/// Changes some bytes: turns a bit, puts in what JSON is made of, removes, repeats, ends early.
///
/// `below` gives a number below another one.
pub fn mutate(below: &mut dyn FnMut(usize) -> usize, bytes: &mut Vec<u8>) {
    const TELLING: &[u8] = b"{}[]\",:\\0-19.eE=/+nullA \0\xff";
    for _ in 0..=below(3) {
        if bytes.is_empty() {
            return;
        }
        let at = below(bytes.len());
        let end = at + below(16).min(bytes.len() - at);
        match below(5) {
            0 => bytes
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|it| *it ^= 1 << below(8)),
            1 => {
                let telling = TELLING.get(below(TELLING.len())).copied();
                bytes.splice(at..=at, telling);
            }
            2 => {
                bytes.drain(at..end);
            }
            3 => {
                let to = below(bytes.len() + 1);
                let part: Vec<_> = bytes.drain(at..end).collect();
                let to = to.min(bytes.len());
                bytes.splice(to..to, part.iter().chain(&part).copied());
            }
            _ => bytes.truncate(at),
        }
    }
}
