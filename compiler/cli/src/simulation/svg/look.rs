//! How a picture of a time line looks.

/// Fills on which white letters can be read, on light and dark pages alike.
const FILLS: [&str; 8] = [
    "#2f6fb0", "#00707d", "#6a3fa0", "#8a5a00", "#a13670", "#4c6a2f", "#7a4a36", "#4a5a80",
];

/// The colour of a state: by what people often call theirs, else by its place.
pub(super) fn fill(state: &str, names: &[String]) -> &'static str {
    match state.to_ascii_uppercase().as_str() {
        "OK" | "GOOD" | "HEALTHY" | "RUNNING" | "UP" => "#2e7d32",
        "WARNING" | "DEGRADED" | "UNHEALTHY" => "#a86200",
        "CRITICAL" | "FAILED" | "BROKEN" | "DOWN" | "ERROR" => "#c62828",
        "UNKNOWN" | "STOPPED" | "OFF" => "#5f6b7a",
        "MAINTENANCE" => "#37618e",
        _ => {
            let place = names.iter().position(|it| it == state).unwrap_or(0);
            FILLS.get(place % FILLS.len()).copied().unwrap_or_default()
        }
    }
}

pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            it if it.is_control() => escaped.push('\u{fffd}'),
            it => escaped.push(it),
        }
    }
    escaped
}

/// The looks, for light pages and for dark ones.
pub(super) const STYLE: &str = "\
<style>
svg{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:12px}
.page{fill:#fff}.title{font-size:14px;font-weight:600;fill:#1f2328}.name{text-anchor:end;fill:#1f2328}
.state{text-anchor:middle;fill:#fff;font-size:11px;pointer-events:none}.key,.time{fill:#59636e}.time{text-anchor:middle}
.grid{stroke:#d1d9e0}.good{stroke:#7d8590}.bad{stroke:#c62828;stroke-width:1.5}.fault{stroke:#8250df;stroke-dasharray:3 3}
.what{fill:#8250df;font-size:11px}
@media (prefers-color-scheme:dark){.page{fill:#0d1117}.title,.name{fill:#e6edf3}.key,.time{fill:#9198a1}
.grid{stroke:#30363d}.good{stroke:#7d8590}.bad{stroke:#f85149}.fault{stroke:#a371f7}.what{fill:#a371f7}}
</style>
";
