"""How a report looks: calm, in the product's colours, on light or dark as its reader prefers, and on paper."""

from wqstudio.engine.drawing.ink import DARK, LIGHT

STYLE = f"""
:root {{
  --page: #F3F4F7; --panel: {LIGHT.ground}; --line: {LIGHT.line}; --text: {LIGHT.text}; --muted: {LIGHT.muted};
  --met: #00704F; --missed: #B34700;
}}
@media (prefers-color-scheme: dark) {{
  :root {{
    --page: #14171C; --panel: {DARK.ground}; --line: {DARK.line}; --text: {DARK.text}; --muted: {DARK.muted};
    --met: #3CC99E; --missed: #FF8F3C;
  }}
}}
* {{ box-sizing: border-box; }}
body {{
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; font-variant-numeric: tabular-nums;
}}
main {{ max-width: 1280px; margin: 0 auto; padding: 24px 16px 48px; }}
header, section, nav {{ margin-bottom: 24px; }}
article + article {{ border-top: 3px solid var(--line); padding-top: 32px; margin-top: 48px; }}
a {{ color: inherit; }}
section {{ background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 16px 24px; }}
h1 {{ margin: 0 0 4px; font-size: 26px; line-height: 1.25; }}
h2 {{ margin: 0 0 12px; font-size: 17px; }}
h3 {{ margin: 16px 0 4px; font-size: 15px; }}
p {{ margin: 0 0 8px; }}
.lead {{ max-width: 75ch; font-size: 16px; }}
.muted {{ color: var(--muted); }}
.met {{ color: var(--met); }}
.missed {{ color: var(--missed); }}
.sum {{ font-size: 17px; font-weight: 600; }}
.watch {{ max-width: 75ch; margin: 8px 0 0; padding-left: 20px; }}
.verdicts {{ list-style: none; margin: 0 0 8px; padding: 0; }}
.verdicts li {{ display: flex; gap: 8px; padding: 4px 0; color: var(--text); }}
.verdicts .muted {{ display: block; }}
.beside > :only-child > .verdicts {{ columns: 2 420px; column-gap: 32px; }}
.verdicts li {{ break-inside: avoid; }}
.contents {{ columns: 3 320px; column-gap: 24px; }}
.contents .muted {{ display: inline; white-space: nowrap; }}
.sign {{ font-weight: 700; }}
.verdicts .met .sign {{ color: var(--met); }}
.verdicts .missed .sign, .verdicts .missed .found {{ color: var(--missed); }}
.found {{ font-weight: 600; white-space: nowrap; }}
.found::before {{ content: "→ "; font-weight: 400; }}
.note {{ border-left: 3px solid var(--missed); padding-left: 12px; }}
figure {{ margin: 0; }}
.drawing {{ overflow-x: auto; }}
.drawing svg {{ display: block; width: 100%; height: auto; min-width: 900px; }}
figcaption {{ font-size: 13px; margin-top: 8px; }}
.narrow {{ display: none; }}
.beside {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 0 32px; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; }}
.figures {{ width: auto; min-width: min(100%, 700px); }}
table + table, .wide + .wide {{ margin-top: 16px; }}
caption {{ text-align: left; font-weight: 600; padding: 4px 0; }}
th, td {{ padding: 6px 12px; border-bottom: 1px solid var(--line); vertical-align: top; text-align: right; }}
th:first-child {{ text-align: left; padding-left: 0; }}
tbody tr:last-child > * {{ border-bottom: 0; }}
thead th {{ color: var(--muted); font-weight: 600; font-size: 13px; vertical-align: bottom; }}
tbody th {{ font-weight: 600; }}
tbody th .muted {{ display: block; font-weight: 400; font-size: 13px; max-width: 62ch; }}
td {{ white-space: nowrap; }}
.difference {{ display: block; font-size: 13px; color: var(--muted); }}
.difference.met {{ color: var(--met); }}
.difference.missed {{ color: var(--missed); }}
@media (min-width: 1000px) {{
  .wide {{ overflow-x: visible; }}
  thead th {{ position: sticky; top: 0; background: var(--panel); box-shadow: inset 0 -1px var(--line); }}
}}
@media (max-width: 980px) {{ .narrow {{ display: inline; }} }}
@media (max-width: 700px) {{ section {{ padding: 12px; }} td {{ white-space: normal; }} }}
@media print {{ body {{ background: none; }} section {{ break-inside: avoid; border: 0; padding: 0; }} }}
"""
