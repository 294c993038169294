// One uPlot for one chart: lines with their bands, shaded periods and alarms behind them.

import { INCREMENTS } from "./time.js";

const AXIS_WIDTH = { wide: 76, narrow: 60 };
const ROW_HEIGHT = 22;
const STRIP = 3;

// A state and a price hold until the next one; the mean of a stretch of time does not.
const held = (chart, track) => Boolean(chart.labels) || (chart.quantity === "price" && !track.low);

export class Plot {
  // Only the lowest chart of a stack writes the times that all share.
  constructor(place, chart, stack, lowest) {
    this.chart = chart;
    this.stack = stack;
    this.axisHeight = lowest ? 42 : 8;
    this.lowest = lowest;
    this.plot = new uPlot(this.options(), this.data(), place);
    this.marks();
  }

  data() {
    const columns = [this.stack.document.times];
    for (const { values, low, high } of this.chart.tracks) {
      columns.push(values);
      if (low) columns.push(low, high);
    }
    return columns;
  }

  get height() {
    const { labels } = this.chart;
    const inner = labels ? labels.length * ROW_HEIGHT + 14 : this.stack.narrow ? 170 : 210;
    return inner + this.axisHeight;
  }

  options() {
    const { chart, stack } = this;
    const { colours, time } = stack;
    const axis = {
      stroke: () => colours.text,
      font: colours.font,
      grid: { stroke: () => colours.grid, width: 1 },
      ticks: { stroke: () => colours.grid, width: 1, size: 4 },
    };
    return {
      width: stack.width,
      height: this.height,
      tzDate: (seconds) => time.wallClock(seconds),
      legend: { show: false },
      cursor: {
        y: false,
        // Moves are shared, drags are not: a stretch is chosen once.
        sync: { key: "history", setSeries: false, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
        drag: { x: true, y: false, setScale: false },
        focus: { prox: -1 },
        points: { size: 7 },
      },
      padding: [8, 12, 0, 0],
      scales: {
        x: { time: true, range: () => stack.range },
        y: chart.labels
          ? { range: () => [-0.6, chart.labels.length - 0.4] }
          : { range: (_, low, high) => (low === null ? [0, 1] : uPlot.rangeNum(low, high, 0.08, true)) },
      },
      axes: [
        {
          ...axis,
          size: this.axisHeight,
          incrs: INCREMENTS,
          space: stack.narrow ? 48 : 70,
          splits: (_, __, from, to, increment) => time.ticks(from, to, increment),
          values: (_, ticks, __, ___, increment) => this.lowest ? time.labels(ticks, increment) : ticks.map(() => ""),
        },
        { ...axis, size: AXIS_WIDTH[stack.narrow ? "narrow" : "wide"], ...(chart.labels ? this.rows() : {}) },
      ],
      ...this.series(),
      hooks: {
        drawClear: [() => this.drawPeriods()],
        draw: [() => this.drawAlarms()],
        setCursor: [(plot) => stack.cursorMoved(this, plot.cursor.idx)],
        setSelect: [(plot) => this.selected(plot)],
      },
    };
  }

  rows() {
    const { labels } = this.chart;
    const room = this.stack.narrow ? 8 : 10;
    const short = (label) => (label.length > room ? `${label.slice(0, room - 1)}…` : label);
    return {
      splits: () => labels.map((_, row) => row),
      values: () => labels.map(short),
      grid: { show: false },
    };
  }

  series() {
    const { chart, stack: { colours } } = this;
    const series = [{}];
    const bands = [];
    this.columns = [];
    chart.tracks.forEach((track, index) => {
      const columns = [series.length];
      series.push({
        label: track.label,
        stroke: () => colours.line(index),
        width: 1.6,
        dash: colours.dash(index) ?? undefined,
        spanGaps: false,
        points: held(chart, track) ? { show: false } : { size: 4 },
        paths: held(chart, track) ? uPlot.paths.stepped({ align: 1 }) : undefined,
      });
      if (track.low) {
        const edge = { stroke: "transparent", width: 0, points: { show: false }, spanGaps: false };
        columns.push(series.length, series.length + 1);
        bands.push({ series: [series.length + 1, series.length], fill: () => colours.band(index) });
        series.push({ ...edge }, { ...edge });
      }
      this.columns.push(columns);
    });
    return { series, bands };
  }

  // Lines that are not shown do not count for the scale either.
  show(shows) {
    this.plot.batch(() => {
      this.columns.forEach((columns, index) => {
        for (const column of columns) this.plot.setSeries(column, { show: shows(index) });
      });
    });
  }

  drawPeriods() {
    const { ctx, bbox } = this.plot;
    const { shading } = this.stack.document;
    const strip = STRIP * uPlot.pxRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const [kind, shade] of Object.entries(this.stack.colours.shades)) {
      for (const [start, end] of shading?.[kind] ?? []) {
        const left = this.plot.valToPos(start, "x", true);
        const width = Math.max(this.plot.valToPos(end, "x", true) - left, 1);
        ctx.fillStyle = shade.fill;
        ctx.fillRect(left, bbox.top, width, bbox.height);
        if (shade.strip) {
          ctx.fillStyle = shade.strip;
          ctx.fillRect(left, shade.top ? bbox.top : bbox.top + bbox.height - strip, width, strip);
        }
      }
    }
    ctx.restore();
  }

  drawAlarms() {
    const { ctx, bbox } = this.plot;
    ctx.save();
    ctx.strokeStyle = this.stack.colours.alarm;
    ctx.lineWidth = uPlot.pxRatio;
    ctx.setLineDash([4, 3]);
    for (const { time } of this.stack.document.alarms) {
      const x = Math.round(this.plot.valToPos(time, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  // A mark with its text above each alarm's line; the list below the charts says the same.
  marks() {
    for (const old of this.plot.over.querySelectorAll(".alarm-mark")) old.remove();
    const { alarms } = this.stack.document;
    for (const { time, title } of alarms) {
      const mark = document.createElement("span");
      mark.className = "alarm-mark";
      mark.title = `${this.stack.time.full(time)}: ${title}`;
      mark.textContent = "!";
      mark.style.left = `${this.plot.valToPos(time, "x")}px`;
      this.plot.over.append(mark);
    }
  }

  selected(plot) {
    const { left, width } = plot.select;
    if (width < 4) return;
    const from = plot.posToVal(left, "x");
    const to = plot.posToVal(left + width, "x");
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.stack.zoomed(from, to);
  }

  renew() {
    this.plot.setSize({ width: this.stack.width, height: this.height });
    this.marks();
  }

  redraw() {
    this.plot.redraw(true, true);
  }

  destroy() {
    this.plot.destroy();
  }
}
