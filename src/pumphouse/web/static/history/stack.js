// The charts of one view, one below the other, with one axis of time and one cursor.

import { Colours } from "./colours.js";
import { Legend } from "./legend.js";
import { Plot } from "./plot.js";
import { charts } from "./values.js";

export class Stack {
  constructor(container, time, words) {
    this.container = container;
    this.time = time;
    this.words = words;
    this.colours = new Colours(container);
    this.place = null;
    this.panels = [];
    this.onZoom = () => {};
    this.onPlace = () => {};
    new ResizeObserver(() => this.resize()).observe(container);
    const repaint = () => this.repaint();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    new MutationObserver(repaint).observe(document.documentElement, { attributes: true });
  }

  get width() {
    return this.container.clientWidth;
  }

  get narrow() {
    return this.width < 600;
  }

  draw(document) {
    this.document = document;
    this.range = [document.from, document.to];
    const found = charts(document);
    const shape = JSON.stringify(
      found.map(({ key, unit, labels, tracks }) => [key, unit, labels, tracks.map(({ name, low }) => [name, low === null])]));
    if (shape === this.shape) this.refill(found);
    else this.rebuild(found);
    this.shape = shape;
    this.showPlace(null);
  }

  refill(found) {
    found.forEach((chart, index) => {
      const { plot, legend } = this.panels[index];
      plot.chart = chart;
      legend.entries.forEach((entry, track) => (entry.track = chart.tracks[track]));
      plot.plot.setData(plot.data());
      plot.marks();
    });
  }

  // Finer or coarser data have other columns; what was shown alone stays alone.
  rebuild(found) {
    const alone = new Map(this.panels.map(({ plot, legend }) => [plot.chart.key, legend.alone]));
    for (const { plot, section } of this.panels) {
      plot.destroy();
      section.remove();
    }
    this.drawnWidth = this.width;
    this.panels = found.map((chart, index) => this.panel(chart, index === found.length - 1));
    for (const { plot, legend } of this.panels) {
      const index = alone.get(plot.chart.key) ?? Infinity;
      if (index < legend.entries.length) legend.choose(index);
    }
  }

  panel(chart, lowest) {
    const section = document.createElement("section");
    section.className = "chart";
    const title = document.createElement("h2");
    title.className = "chart-title";
    title.textContent = this.title(chart);
    const list = document.createElement("ul");
    list.className = "legend";
    const place = document.createElement("div");
    place.className = "chart-canvas";
    section.append(title, list, place);
    this.container.append(section);
    const legend = new Legend(list, chart, this.colours, this.words);
    const plot = new Plot(place, chart, this, lowest);
    legend.onChange = () => plot.show((index) => legend.shows(index));
    return { section, legend, plot };
  }

  title({ quantity, unit, tracks }) {
    const name = quantity === null ? tracks[0].label : this.words.quantities[quantity] ?? quantity;
    return unit ? `${name}, ${unit}` : name;
  }

  // The cursor of one plot moved; the others follow by themselves.
  cursorMoved(plot, place) {
    if (this.panels.at(-1)?.plot === plot || this.panels.length === 0) this.showPlace(place ?? null);
  }

  showPlace(place) {
    this.place = place;
    for (const { legend } of this.panels) legend.show(place);
    this.onPlace(place === null ? null : this.document.times[place]);
  }

  // Move the cursor with the keyboard, by a number of samples.
  step(by) {
    const { times } = this.document;
    if (!times.length || !this.panels.length) return;
    const start = this.place ?? (by > 0 ? -1 : times.length);
    const place = Math.min(Math.max(start + by, 0), times.length - 1);
    for (const { plot: { plot } } of this.panels) {
      plot.setCursor({ left: plot.valToPos(times[place], "x"), top: 10 }, false);
    }
    this.showPlace(place);
  }

  leave() {
    for (const { plot: { plot } } of this.panels) plot.setCursor({ left: -10, top: -10 }, false);
    this.showPlace(null);
  }

  sentence() {
    if (this.place === null) return "";
    const values = this.panels.map(({ legend }) => legend.sentence(this.place)).join(", ");
    return `${this.time.full(this.document.times[this.place])}: ${values}`;
  }

  // At once, with the data that are there; finer ones follow.
  stretch(from, to) {
    this.range = [from, to];
    for (const { plot: { plot } } of this.panels) plot.setScale("x", { min: from, max: to });
  }

  zoomed(from, to) {
    this.onZoom(from, to);
  }

  resize() {
    if (this.width === this.drawnWidth || !this.document || !this.width) return;
    this.drawnWidth = this.width;
    for (const { plot } of this.panels) plot.renew();
  }

  repaint() {
    this.colours.read();
    for (const { plot, legend } of this.panels) {
      legend.paint(this.colours);
      plot.redraw();
    }
  }
}
