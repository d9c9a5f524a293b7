// Before anything of the page runs: counts what must not happen.
window.seen = { errors: [], violations: 0 };
addEventListener("error", (event) => seen.errors.push(String(event.message)));
addEventListener("unhandledrejection", (event) => seen.errors.push(String(event.reason)));
addEventListener("securitypolicyviolation", () => { seen.violations += 1; });
