// Instants in the site's zone: what the wall clock there shows, whatever zone the browser is in.

const HOUR = 3600;
const DAY = 24 * HOUR;

// Distances that stand for whole months: days in, months out.
const MONTHS = new Map([[28, 1], [56, 2], [91, 3], [182, 6], [364, 12], [3640, 120]].map(([days, months]) => [days * DAY, months]));

// Distances between ticks that people count in.
export const INCREMENTS = [
  60, 120, 300, 600, 900, 1800, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
  DAY, 2 * DAY, 7 * DAY, 14 * DAY, ...MONTHS.keys(),
];

export class SiteTime {
  // English dates are written day before month, as they are where the pumps are.
  constructor(zone, language) {
    const locale = language === "en" ? "en-GB" : language;
    const format = (options) =>
      new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: "h23", ...options });
    this.zone = zone;
    this.clock = format({ hour: "2-digit", minute: "2-digit" });
    this.dayOfMonth = format({ day: "numeric", month: "short" });
    this.month = format({ month: "short", year: "numeric" });
    this.year = format({ year: "numeric" });
    this.instant = format({
      weekday: "short", day: "numeric", month: "short", year: "numeric",
      hour: "2-digit", minute: "2-digit", timeZoneName: "short",
    });
    this.parts = format({
      year: "numeric", month: "numeric", day: "numeric",
      hour: "numeric", minute: "numeric", second: "numeric",
    });
  }

  // What uPlot asks for to find round hours and midnights: a date whose local fields are the site's.
  wallClock(seconds) {
    return uPlot.tzDate(new Date(seconds * 1000), this.zone);
  }

  // Seconds that the site's wall clock is ahead of UTC.
  offset(seconds) {
    const field = {};
    for (const { type, value } of this.parts.formatToParts(seconds * 1000)) field[type] = +value;
    const shown = Date.UTC(
      field.year, field.month - 1, field.day, field.hour, field.minute, field.second) / 1000;
    return Math.round(shown - Math.floor(seconds));
  }

  full(seconds) {
    return this.instant.format(seconds * 1000);
  }

  // Round instants of the site's wall clock between two instants, right on days of 23 and 25 hours.
  ticks(from, to, increment) {
    const ticks = [];
    const add = (wall) => {
      const tick = wall - this.offset(wall - this.offset(wall));
      if (tick >= from && tick <= to && tick !== ticks.at(-1)) ticks.push(tick);
    };
    const end = to + this.offset(to);
    const start = from + this.offset(from);
    if (MONTHS.has(increment)) {
      const months = MONTHS.get(increment);
      const first = new Date(start * 1000).getUTCFullYear();
      for (let month = 0; ; month += months) {
        const wall = Date.UTC(first, month, 1) / 1000;
        if (wall > end) return ticks;
        add(wall);
      }
    }
    for (let wall = Math.ceil(start / increment) * increment; wall <= end; wall += increment) add(wall);
    return ticks;
  }

  // Labels below an axis: hours, with the date at midnight; or dates, or months.
  labels(ticks, increment) {
    let previous = "";
    return ticks.map((tick) => {
      const moment = tick * 1000;
      const date = this.dayOfMonth.format(moment);
      if (increment >= 364 * DAY) return this.year.format(moment);
      if (MONTHS.has(increment)) return this.month.format(moment);
      if (increment >= DAY) return date;
      const label = date === previous ? this.clock.format(moment) : `${this.clock.format(moment)}\n${date}`;
      previous = date;
      return label;
    });
  }
}

