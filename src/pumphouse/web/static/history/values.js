// Numbers as people like them: kilowatts and hours where there are many, as many digits as matter.

const MINUS = "\u2212";
const DIGITS = { power: 0, rotation: 0, frequency: 0, ratio: 0, concentration: 0, pressure: 2, price: 3, money: 2 };

// The unit in which a whole chart is shown, chosen by its greatest value.
export function humanUnit(quantity, unit, greatest) {
  if (quantity === "power" && greatest >= 1000) return { unit: "kW", factor: 1e-3, digits: 2 };
  if (quantity === "energy" && greatest >= 1e5) return { unit: "MWh", factor: 1e-3, digits: 2 };
  if (quantity === "duration" && greatest >= 3600) return { unit: "h", factor: 1 / 3600, digits: 1 };
  if (quantity === "duration" && greatest >= 60) return { unit: "min", factor: 1 / 60, digits: 0 };
  if (quantity === "number" || quantity === "other") return { unit, factor: 1, digits: null };
  return { unit, factor: 1, digits: DIGITS[quantity] ?? 1 };
}

export function number(value, digits) {
  let text = digits === null ? String(Math.round(value * 1000) / 1000) : value.toFixed(digits);
  if (Number(text) === 0) text = text.replace("-", "");
  return text.replace("-", MINUS);
}

// One value of a series of the document, by itself.
export function figure({ quantity, unit, options }, value) {
  if (options.length) return options.find((option) => option.value === value)?.text ?? `unknown (${value})`;
  const human = humanUnit(quantity, unit, Math.abs(value));
  return `${number(value * human.factor, human.digits)} ${human.unit}`.trimEnd();
}

// Series of one document, put together in charts: one for each unit, one for each enumeration.
export function charts(document) {
  const found = new Map();
  for (const series of document.series) {
    const key = series.options.length ? `state ${series.device} ${series.point}` : `${series.quantity} ${series.unit}`;
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(series);
  }
  return [...found].map(([key, members]) => (members[0].options.length ? states(key, members[0]) : lines(key, members)));
}

function lines(key, members) {
  let greatest = 0;
  for (const one of members) {
    for (const column of [one.values, one.min, one.max]) {
      for (const value of column ?? []) greatest = Math.max(greatest, Math.abs(value ?? 0));
    }
  }
  const human = humanUnit(members[0].quantity, members[0].unit, greatest);
  const scaled = (column) =>
    column && (human.factor === 1 ? column : column.map((value) => (value === null ? null : value * human.factor)));
  return {
    key,
    quantity: members[0].quantity,
    unit: human.unit,
    labels: null,
    tracks: members.map((one) => ({
      name: one.name,
      label: one.label,
      values: scaled(one.values),
      low: scaled(one.min),
      high: scaled(one.max),
      text: (value) => `${number(value, human.digits)} ${human.unit}`.trimEnd(),
      plain: (value) => number(value, human.digits),
    })),
  };
}

// An enumeration: a row for each state that occurs, the codes give their order.
function states(key, series) {
  const label = (code) => series.options.find((option) => option.value === code)?.text ?? `unknown (${code})`;
  const codes = [...new Set(series.values.filter((code) => code !== null))].sort((a, b) => a - b);
  const labels = [...new Set(codes.map(label))];
  const rows = new Map(codes.map((code) => [code, labels.indexOf(label(code))]));
  return {
    key,
    quantity: null,
    unit: "",
    labels,
    tracks: [{
      name: series.name,
      label: series.label,
      values: series.values.map((code) => (code === null ? null : rows.get(code))),
      low: null,
      high: null,
      text: (row) => labels[row] ?? "",
      plain: (row) => labels[row] ?? "",
    }],
  };
}
