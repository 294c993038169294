// The names of a chart's lines with their values under the cursor. A click shows a line alone.

export class Legend {
  constructor(list, chart, colours, words) {
    this.words = words;
    this.alone = null;
    this.onChange = () => {};
    this.entries = chart.tracks.map((track, index) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "legend-entry";
      button.setAttribute("aria-pressed", "false");
      button.title = words.alone;
      const mark = document.createElement("span");
      mark.className = "legend-mark";
      mark.setAttribute("aria-hidden", "true");
      const name = document.createElement("span");
      name.className = "legend-name";
      name.textContent = track.label;
      const value = document.createElement("span");
      value.className = "legend-value";
      button.append(mark, name, value);
      button.addEventListener("click", () => this.choose(index));
      item.append(button);
      list.append(item);
      return { track, item, button, mark, value };
    });
    this.paint(colours);
  }

  paint(colours) {
    this.entries.forEach(({ mark }, index) => {
      mark.style.borderColor = colours.line(index);
      mark.style.borderTopStyle = colours.dash(index) ? "dashed" : "solid";
    });
  }

  choose(index) {
    if (this.entries.length < 2) return;
    this.alone = this.alone === index ? null : index;
    this.apply();
  }

  apply() {
    this.entries.forEach(({ button, item }, index) => {
      button.setAttribute("aria-pressed", String(this.alone === index));
      item.classList.toggle("is-off", !this.shows(index));
    });
    this.onChange();
  }

  shows(index) {
    return this.alone === null || this.alone === index;
  }

  // Values at one place of the axis; without one the newest of the view.
  show(place) {
    for (const { track, value } of this.entries) value.textContent = this.text(track, place);
  }

  text(track, place) {
    const index = place ?? track.values.findLastIndex((one) => one !== null);
    const found = track.values[index] ?? null;
    if (found === null) return this.words.nothing;
    const low = track.low?.[index] ?? null;
    const high = track.high?.[index] ?? null;
    if (place === null || low === null || high === null || track.plain(low) === track.plain(high)) return track.text(found);
    return `${track.text(found)} (${track.plain(low)} … ${track.plain(high)})`;
  }

  sentence(place) {
    return this.entries.map(({ track }) => `${track.label} ${this.text(track, place)}`).join(", ");
  }
}
