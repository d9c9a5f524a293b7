//! The page in a browser: headless Chromium at two widths, light and dark, and printed.
//!
//! Skipped, and said so, where no Chromium is installed; `CHROMIUM` names one that is not called as
//! usual. What was printed is read by `pdftotext` of poppler.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dissensus_report::{Cell, Disclosure, Page, Results, RunCard, Section, Table};
use dissensus_study::{LossCurve, figures, headline, of_ensemble, page};

/// What the script in the page found out about itself.
#[derive(Debug, serde::Deserialize)]
struct Seen {
    width: f64,
    scroll_width: f64,
    /// Parts that stick out of the page.
    outside: Vec<String>,
    /// Figures whose drawing cannot be seen.
    unseen_figures: Vec<String>,
    figures: usize,
    requests: usize,
    violations: usize,
    errors: Vec<String>,
    /// A numeric column after one click on its header and after two.
    ascending: Vec<f64>,
    descending: Vec<f64>,
    /// Rows left by a filter that asks for one ensemble, and all rows.
    filtered: (usize, usize),
    /// What is said of the point under the pointer.
    tip: String,
    /// Backgrounds before and after a click on the button for dark colours.
    papers: [String; 2],
    headings_skip: bool,
    scopes_missing: usize,
}

fn chromium() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Some(path.into());
    }
    installed(&["chromium", "chromium-browser", "google-chrome"])
}

/// The first program of these names.
fn installed(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let places = std::env::split_paths(&path);
    let mut places = places.flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    places.find(|place| place.exists())
}

/// A headless browser with a profile of its own.
fn headless(browser: &Path, profile: &Path) -> Command {
    let mut command = Command::new(browser);
    let words =
        "--headless --no-sandbox --disable-gpu --disable-extensions --virtual-time-budget=20000";
    command.args(words.split(' ')).stdin(Stdio::null());
    command.arg(format!("--user-data-dir={}", profile.display()));
    command
}

/// The results of a real study of three ensembles.
fn results() -> Results {
    let path = "docs/results/2026-11-21-epyc-2core/entropy-study/results.json";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    Results::from_json(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Their page.
fn html() -> String {
    let results = results();
    let curve = |ensemble: &dissensus_report::Ensemble| LossCurve {
        ensemble: ensemble.name.clone(),
        member: 0,
        points: vec![(1.0, 12.0), (50.0, 9.5), (100.0, 9.0)],
    };
    let losses: Vec<LossCurve> = results.ensembles.iter().map(curve).collect();
    let card = RunCard::new("", "Three ensembles.")
        .with("Files", [("a/very/long/path".repeat(12), "1 byte")]);
    let figures = figures(&results, &losses);
    page(&results, &figures, vec![card])
        .unwrap()
        .to_html()
        .unwrap()
}

/// Opens the page in a frame of a width, has it look at itself, and returns what it saw; the
/// browser's own log must be empty.
fn look(browser: &Path, html: &str, width: usize) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let early = format!("<head><script>{}</script>", include_str!("page/early.js"));
    let late = format!("<script>{}</script></body>", include_str!("page/late.js"));
    let probed = html
        .replacen("<head>", &early, 1)
        .replacen("</body>", &late, 1);
    assert_ne!(probed.len(), html.len(), "the page has a head and a body");
    let frame = probed.replace('&', "&amp;").replace('"', "&quot;");
    let outer = format!(
        "<!doctype html><link rel=icon href=data:,><body style=margin:0><script>addEventListener('message', (e) => {{ \
         document.body.dataset.seen = e.data; }});</script><iframe style='border:0;width:{width}px;height:900px' srcdoc=\"{frame}\"></iframe>"
    );
    let path = folder.path().join("outer.html");
    std::fs::write(&path, outer).unwrap();
    let output = headless(browser, &folder.path().join("profile"))
        .args(["--enable-logging=stderr", "--window-size=1400,1000"])
        .arg("--dump-dom")
        .arg(format!("file://{}", path.display()))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    let console: Vec<&str> = log
        .lines()
        .filter(|line| line.contains(":CONSOLE"))
        .collect();
    assert!(console.is_empty(), "{console:#?}");
    let dom = String::from_utf8_lossy(&output.stdout);
    let seen = dom
        .split("data-seen=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let seen = seen.unwrap_or_else(|| panic!("the page said nothing: {log}"));
    let seen = seen
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    serde_json::from_str(&seen).unwrap_or_else(|problem| panic!("{problem}: {seen}"))
}

#[test]
fn the_page_works_in_a_browser_at_both_widths() {
    let Some(browser) = chromium() else {
        eprintln!("SKIPPED: no Chromium is installed, so the page was not opened");
        return;
    };
    let html = html();
    for width in [400, 1280] {
        let seen = look(&browser, &html, width);
        assert_eq!(seen.width, width as f64);
        assert!(seen.scroll_width <= seen.width, "{width}: {seen:#?}");
        assert!(seen.outside.is_empty(), "{width}: {:?}", seen.outside);
        assert!(
            seen.unseen_figures.is_empty(),
            "{width}: {:?}",
            seen.unseen_figures
        );
        assert!(seen.figures >= 6, "{width}: {} figures", seen.figures);
        assert_eq!((seen.requests, seen.violations), (0, 0), "{width}");
        assert!(seen.errors.is_empty(), "{width}: {:?}", seen.errors);
        assert!(
            seen.ascending.len() > 10 && seen.ascending.is_sorted(),
            "{:?}",
            seen.ascending
        );
        assert!(
            seen.descending.is_sorted_by(|a, b| a >= b),
            "{:?}",
            seen.descending
        );
        assert_eq!(seen.ascending.len(), seen.descending.len());
        assert!(
            seen.filtered.0 > 0 && seen.filtered.0 < seen.filtered.1,
            "{:?}",
            seen.filtered
        );
        assert!(seen.tip.contains('\n'), "{width}: {:?}", seen.tip);
        assert_ne!(
            seen.papers[0], seen.papers[1],
            "the button changes the paper"
        );
        assert!(!seen.headings_skip, "{width}: a heading skips a level");
        assert_eq!(
            seen.scopes_missing, 0,
            "{width}: every header cell says of what"
        );
    }
}

/// A word on paper, on which sheet, and where it ends, as a share of the width of the sheet.
struct Printed {
    word: String,
    sheet: usize,
    end: f64,
}

/// Prints a page and reads the words on the paper.
fn printed(browser: &Path, pdftotext: &Path, html: &str) -> Vec<Printed> {
    let folder = tempfile::tempdir().unwrap();
    let [page, pdf] = ["page.html", "page.pdf"].map(|name| folder.path().join(name));
    std::fs::write(&page, html).unwrap();
    let output = headless(browser, &folder.path().join("profile"))
        .arg("--no-pdf-header-footer")
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(pdf.exists(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = Command::new(pdftotext)
        .arg("-bbox")
        .arg(&pdf)
        .arg("-")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let number = |line: &str, name: &str| -> Option<f64> {
        let rest = line.split_once(&format!("{name}=\""))?.1;
        rest.split('"').next()?.parse().ok()
    };
    let (mut width, mut sheet, mut words) = (0.0, 0, Vec::new());
    for line in text.lines().map(str::trim) {
        if line.starts_with("<page ") {
            width = number(line, "width").unwrap();
            sheet += 1;
        } else if let Some(end) = number(line, "xMax") {
            let word = line
                .split('>')
                .nth(1)
                .and_then(|rest| rest.split('<').next());
            let word = word
                .unwrap_or_default()
                .replace("&lt;", "<")
                .replace("&gt;", ">");
            let word = word.replace("&quot;", "\"").replace("&apos;", "'");
            let word = word.replace("&#39;", "'").replace("&amp;", "&");
            words.push(Printed {
                word,
                sheet,
                end: end / width,
            });
        }
    }
    words
}

/// The words of a table: of its columns and of its cells.
fn words(table: &Table) -> Vec<String> {
    let cells = table.rows().iter().flatten().map(Cell::to_string);
    let all = table.columns().iter().cloned().chain(cells);
    let words = all.flat_map(|text| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    words.collect()
}

#[test]
fn nothing_is_cut_off_in_print() {
    let (Some(browser), Some(pdftotext)) = (chromium(), installed(&["pdftotext"])) else {
        eprintln!("SKIPPED: no Chromium or no pdftotext is installed, so the page was not printed");
        return;
    };
    let html = html();
    let printed = printed(&browser, &pdftotext, &html);
    let wide: Vec<&str> = printed
        .iter()
        .filter(|p| p.end > 0.98)
        .map(|p| p.word.as_str())
        .collect();
    assert!(wide.is_empty(), "at the edge of the paper: {wide:?}");
    let on_paper: std::collections::BTreeSet<&str> =
        printed.iter().map(|p| p.word.as_str()).collect();
    let results = results();
    let mut tables = vec![headline(&results).unwrap()];
    tables.extend(results.ensembles.iter().map(|e| of_ensemble(e).unwrap()));
    // Those that are folded on a screen are open on paper.
    for table in &tables {
        let missing: Vec<String> = words(table)
            .into_iter()
            .filter(|word| !on_paper.contains(word.as_str()))
            .collect();
        assert!(missing.is_empty(), "{}: {missing:?}", table.title());
    }
    let titles = html
        .split("-title\">")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap());
    for word in titles.flat_map(str::split_whitespace) {
        let word = word.replace("&amp;", "&");
        assert!(
            on_paper.contains(word.as_str()),
            "{word}, of the title of a figure"
        );
    }
}

#[test]
fn the_header_of_a_table_is_on_every_sheet_that_the_table_reaches() {
    let (Some(browser), Some(pdftotext)) = (chromium(), installed(&["pdftotext"])) else {
        eprintln!("SKIPPED: no Chromium or no pdftotext is installed, so the page was not printed");
        return;
    };
    let mut page = Page::new("Two long tables", "One of them folded.");
    let mut section = Section::new("numbers", "Numbers");
    for (name, disclosure) in [("open", Disclosure::Open), ("folded", Disclosure::Closed)] {
        let mut table = Table::new(name, [format!("header-{name}"), "value".into()]);
        for row in 0..250 {
            let name = format!("row-{name}");
            table
                .push([Cell::from(name), f64::from(row).into()])
                .unwrap();
        }
        section.table(&table, disclosure);
    }
    page.section(section);
    let printed = printed(&browser, &pdftotext, &page.to_html().unwrap());
    let sheets = |word: &str| -> std::collections::BTreeSet<usize> {
        let words = printed.iter().filter(|p| p.word.starts_with(word));
        words.map(|p| p.sheet).collect()
    };
    for name in ["open", "folded"] {
        let rows = sheets(&format!("row-{name}"));
        assert!(rows.len() > 3, "{name}: {rows:?}");
        assert_eq!(sheets(&format!("header-{name}")), rows, "{name}");
    }
}
