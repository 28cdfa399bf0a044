"""The style sheet of the page that `--report` writes; follows the browser's dark or light setting."""

STYLE = """
:root{--bg:#f6f7f9;--card:#fff;--ink:#1c2128;--soft:#5b6673;--line:#dde1e7;--add:#e4f6e8;--addn:#cdeed5;--addm:#a5e0b4;
--del:#fdeceb;--deln:#fad9d7;--delm:#f5b5b1;--off:#f0f2f5;--note:#eef3fd;--accent:#2f5fd0;--good:#1f8a45;--warn:#a86200;
--bad:#c6322b}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1a2028;--ink:#dfe5ec;--soft:#96a2b0;--line:#2c3541;
--add:#14301e;--addn:#194026;--addm:#256b3d;--del:#3a1c1e;--deln:#4c2225;--delm:#843036;--off:#161b22;--note:#1b2740;
--accent:#7ea6ff;--good:#4fc97a;--warn:#e3a548;--bad:#ff7b72}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header,main{max-width:1500px;margin:0 auto;padding:0 24px}
header{padding-top:28px}
h1{margin:0;font-size:24px;letter-spacing:-.01em}
h2{margin:36px 0 12px;font-size:18px}
header p{margin:4px 0 0;color:var(--soft)}
code,pre,.diff{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 18px;min-width:130px}
.tile b{display:block;font-size:26px;line-height:1.2;font-variant-numeric:tabular-nums}
.tile span,nav span,summary span{color:var(--soft);font-size:13px}
.good b{color:var(--good)}.warn b{color:var(--warn)}.bad b{color:var(--bad)}
nav ol{margin:0;padding:12px 16px 12px 38px;background:var(--card);border:1px solid var(--line);border-radius:10px;
columns:3 300px;column-gap:36px}nav li{break-inside:avoid}
nav a{color:var(--accent);text-decoration:none;overflow-wrap:anywhere}
nav a:hover{text-decoration:underline}
details{background:var(--card);border:1px solid var(--line);border-radius:10px;margin-bottom:16px;overflow:hidden}
summary{cursor:pointer;padding:10px 14px;overflow-wrap:anywhere}
details[open] summary{border-bottom:1px solid var(--line)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
.diff{table-layout:fixed;min-width:760px;line-height:1.45}
.diff col.n{width:52px}
.diff td{vertical-align:top;padding:0 10px}
.diff .n{color:var(--soft);text-align:right;user-select:none;padding:0 8px}
.diff .t{white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}
.diff .t:nth-child(2){border-right:1px solid var(--line)}
.n.del{background:var(--deln)}.t.del{background:var(--del)}
.n.add{background:var(--addn)}.t.add{background:var(--add)}
.n.off,.t.off{background:var(--off)}
mark{color:inherit;border-radius:3px}.del mark{background:var(--delm)}.add mark{background:var(--addm)}
.gap td{height:10px;background:var(--bg);border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.note td{background:var(--note);font:13px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;padding:4px 10px}
.note em{color:var(--warn);font-style:normal}
.code{display:inline-block;background:var(--accent);color:var(--card);border-radius:5px;padding:0 7px;font-weight:600;
font-size:12px;line-height:20px}
.left{background:var(--card);border:1px solid var(--line);border-radius:10px;border-spacing:0;border-collapse:separate}
.left td{padding:10px 14px;vertical-align:top;border-top:1px solid var(--line)}
.left tr:first-child td{border-top:0}
.left td:first-child{width:1%;white-space:nowrap}
.left p{margin:0}.left pre{margin:6px 0;white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}
.place{color:var(--accent)}
.why{color:var(--soft)}.why b{color:var(--warn);font-weight:600}
.errors{background:var(--card);border:1px solid var(--bad);border-radius:10px;padding:12px 12px 12px 32px;margin:0}
.none{color:var(--soft)}
main{padding-bottom:48px}
@media print{details{break-inside:avoid-page}.scroll{overflow:visible}}
"""
