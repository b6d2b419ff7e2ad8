//! The output of a test program as JSON events, as `go test -json` prints them.
//!
//! In: output of a program that runs with `-test.v=test2json`, whose framework lines begin with a mark. Out: one object a line.

use std::time::{Instant, SystemTime};

/// The marks of package testing.
const FRAME: u8 = 0x16;
const ERROR_START: u8 = 0x0f;
const ERROR_END: u8 = 0x0e;
const ESCAPE: u8 = 0x1b;

const UPDATES: &[&str] = &[
    "=== RUN   ",
    "=== PAUSE ",
    "=== CONT  ",
    "=== NAME  ",
    "=== PASS  ",
    "=== FAIL  ",
    "=== SKIP  ",
    "=== ATTR  ",
    "=== ARTIFACTS ",
];
const REPORTS: &[&str] = &["--- PASS: ", "--- FAIL: ", "--- SKIP: ", "--- BENCH: "];

/// A result line that waits until the lines that belong to it have come.
struct Report {
    action: String,
    test: String,
    elapsed: Option<f64>,
}

pub struct Converter {
    package: String,
    start: Instant,
    /// An unfinished line.
    pending: Vec<u8>,
    test: String,
    reports: Vec<Report>,
    /// Framework lines begin with the mark.
    marked: bool,
    skipped: bool,
    /// Between the marks of an error.
    in_error: bool,
    out: String,
}

impl Converter {
    /// A converter for one package; `emit` gets its first event.
    pub fn new(package: &str, emit: &mut dyn FnMut(String)) -> Converter {
        let mut c = Converter {
            package: package.to_owned(),
            start: Instant::now(),
            pending: Vec::new(),
            test: String::new(),
            reports: Vec::new(),
            marked: false,
            skipped: false,
            in_error: false,
            out: String::new(),
        };
        c.event("start", "", &[]);
        emit(std::mem::take(&mut c.out));
        c
    }

    /// Takes output; gives the events that are complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        for &b in bytes {
            self.pending.push(b);
            if b == b'\n' {
                let line = std::mem::take(&mut self.pending);
                self.line(&line);
            }
        }
        std::mem::take(&mut self.out).into_bytes()
    }

    /// The last events.
    pub fn close(mut self, failed: bool, failed_build: Option<&str>) -> String {
        let rest = std::mem::take(&mut self.pending);
        if !rest.is_empty() {
            self.line(&rest);
        }
        self.flush(0);
        let action = if failed {
            "fail"
        } else if self.skipped {
            "skip"
        } else {
            "pass"
        };
        let elapsed = (self.start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let mut fields = vec![("Elapsed", number(elapsed))];
        if let Some(build) = failed_build {
            fields.push(("FailedBuild", quoted(build)));
        }
        self.test.clear();
        self.event(action, "", &fields);
        self.out
    }

    fn line(&mut self, line: &[u8]) {
        if self.marked && line.first() != Some(&FRAME) {
            self.output(line, false);
            return;
        }
        let saw_mark = line.first() == Some(&FRAME);
        let bytes = if saw_mark { &line[1..] } else { line };
        let text = String::from_utf8_lossy(bytes).into_owned();
        let trimmed = text.trim_end_matches('\n').trim_end_matches('\r').to_owned();
        if trimmed == "PASS" || trimmed == "FAIL" || trimmed.starts_with("FAIL\t") {
            self.flush(0);
            self.marked = saw_mark;
            self.output(bytes, true);
            return;
        }
        if text.starts_with("?   \t") && trimmed.ends_with("\t[no test files]") && self.reports.is_empty() {
            self.skipped = true;
        }
        if let Some(head) = UPDATES.iter().find(|u| text.starts_with(**u)) {
            self.update(head, &trimmed[head.len()..], bytes, saw_mark);
            return;
        }
        let inner = text.trim_start_matches("    ");
        let depth = (text.len() - inner.len()) / 4;
        let Some(head) = REPORTS.iter().find(|r| inner.starts_with(**r)) else {
            if depth > 0 && depth <= self.reports.len() {
                self.test = self.reports[depth - 1].test.clone();
            }
            self.output(bytes, false);
            return;
        };
        if self.reports.len() < depth {
            self.output(bytes, false);
            return;
        }
        let name = inner[head.len()..].trim();
        let (name, elapsed) = match name.split_once(" (") {
            Some((name, time)) => (name, time.strip_suffix("s)").and_then(|t| t.parse().ok())),
            None => (name, None),
        };
        self.marked = saw_mark;
        self.flush(depth);
        self.test = name.to_owned();
        let action = head[4..].trim_end_matches([':', ' ']).to_lowercase();
        self.reports.push(Report { action, test: name.to_owned(), elapsed });
        self.output(bytes, true);
    }

    /// An `=== ` line.
    fn update(&mut self, head: &str, rest: &str, line: &[u8], saw_mark: bool) {
        let action = head[4..].trim().to_lowercase();
        let mut name = rest.trim();
        let mut fields = Vec::new();
        match action.as_str() {
            "artifacts" => {
                let (test, path) = name.split_once(' ').unwrap_or((name, ""));
                fields.push(("Path", quoted(path)));
                name = test;
            }
            "attr" => {
                let (test, attribute) = name.split_once(' ').unwrap_or((name, ""));
                let (key, value) = attribute.split_once(' ').unwrap_or((attribute, ""));
                fields.push(("Key", quoted(key)));
                fields.push(("Value", quoted(value)));
                name = test;
            }
            _ => {}
        }
        self.marked = saw_mark;
        self.flush(0);
        self.test = name.to_owned();
        let test = self.test.clone();
        match action.as_str() {
            "name" => {}
            "pause" => {
                self.output(line, true);
                self.event(&action, &test, &fields);
            }
            _ => {
                self.event(&action, &test, &fields);
                self.output(line, true);
            }
        }
    }

    /// Emits waiting results deeper than `depth`.
    fn flush(&mut self, depth: usize) {
        self.test.clear();
        while self.reports.len() > depth {
            if let Some(r) = self.reports.pop() {
                let fields: Vec<_> = r.elapsed.map(|e| ("Elapsed", number(e))).into_iter().collect();
                self.event(&r.action, &r.test, &fields);
            }
        }
    }

    /// Emits output events for a line, without its marks.
    fn output(&mut self, line: &[u8], frame: bool) {
        let mut kind = match (frame, self.in_error) {
            (true, _) => "frame",
            (false, true) => "error-continue",
            _ => "",
        };
        let mut text = Vec::new();
        let mut bytes = line.iter().copied().peekable();
        while let Some(b) = bytes.next() {
            match b {
                ESCAPE => text.extend(bytes.next()),
                ERROR_START => {
                    self.output_event(&mut text, kind);
                    self.in_error = true;
                    kind = "error";
                }
                ERROR_END => {
                    text.extend(bytes.next_if_eq(&b'\n'));
                    self.output_event(&mut text, kind);
                    self.in_error = false;
                    kind = "";
                }
                b => text.push(b),
            }
        }
        self.output_event(&mut text, kind);
    }

    fn output_event(&mut self, text: &mut Vec<u8>, kind: &str) {
        if text.is_empty() {
            return;
        }
        let mut fields = vec![("Output", quoted(&String::from_utf8_lossy(text)))];
        if !kind.is_empty() {
            fields.push(("OutputType", quoted(kind)));
        }
        text.clear();
        let test = self.test.clone();
        self.event("output", &test, &fields);
    }

    fn event(&mut self, action: &str, test: &str, fields: &[(&str, String)]) {
        self.out.push_str(&format!(
            "{{\"Time\":\"{}\",\"Action\":{},\"Package\":{}",
            now(),
            quoted(action),
            quoted(&self.package)
        ));
        if !test.is_empty() {
            self.out.push_str(&format!(",\"Test\":{}", quoted(test)));
        }
        for (key, value) in fields {
            self.out.push_str(&format!(",\"{key}\":{value}"));
        }
        self.out.push_str("}\n");
    }
}

fn number(x: f64) -> String {
    if x == x.trunc() { format!("{}", x as i64) } else { format!("{x}") }
}

/// A JSON string, with HTML's characters escaped as Go does.
fn quoted(text: &str) -> String {
    let text = serde_json::to_string(text).expect("a string is valid JSON");
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// The time in RFC 3339, UTC.
fn now() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Days since 1970 to a date: years that begin in March, in eras of 400.
    let z = days + 719_468;
    let (era, day) = (z / 146_097, z % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + (month <= 2) as u64;
    format!(
        "{year:04}-{month:02}-{date:02}T{:02}:{:02}:{:02}.{:09}Z",
        second / 3600,
        second / 60 % 60,
        second % 60,
        since.subsec_nanos()
    )
}

#[cfg(test)]
mod tests {
    use super::Converter;

    #[test]
    fn events_of_a_failing_subtest() {
        let mut c = Converter::new("p", &mut |_| {});
        let text = "\x16=== RUN   TestA\n\x16=== RUN   TestA/x\n\x0f    a_test.go:1: bad\x0e\n\x16--- FAIL: TestA (0.50s)\n\x16    --- FAIL: TestA/x (0.25s)\n\x16FAIL\n";
        let mut out = String::from_utf8(c.feed(text.as_bytes())).expect("the output is text");
        out.push_str(&c.close(true, None));
        let events: Vec<String> = out
            .lines()
            .map(|l| {
                let v: serde_json::Value = serde_json::from_str(l).expect("each line is JSON");
                let get = |k: &str| v[k].as_str().unwrap_or("-").trim_end().to_owned();
                format!("{} {} {}", get("Action"), get("Test"), get("OutputType"))
            })
            .collect();
        assert_eq!(
            events,
            [
                "run TestA -",
                "output TestA frame",
                "run TestA/x -",
                "output TestA/x frame",
                "output TestA/x error",
                "output TestA frame",
                "output TestA/x frame",
                "fail TestA/x -",
                "fail TestA -",
                "output - frame",
                "fail - -",
            ]
        );
    }
}
