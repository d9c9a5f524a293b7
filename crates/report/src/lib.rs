//! Tables, CSV, JSON, SVG figures and one self-contained HTML page.
