// Colours of lines and shades, from the style sheet: they follow the light and the dark scheme.

const LINES = 8;

export class Colours {
  constructor(element) {
    this.element = element;
    this.read();
  }

  read() {
    const style = getComputedStyle(this.element);
    const value = (name) => style.getPropertyValue(name).trim();
    this.lines = Array.from({ length: LINES }, (_, index) => value(`--line-${index + 1}`));
    this.text = value("--chart-text");
    this.grid = value("--chart-grid");
    this.alarm = value("--chart-alarm");
    this.font = `12px ${style.fontFamily}`;
    this.shades = {
      compressor: { fill: value("--shade-compressor"), strip: null },
      hot_water: { fill: value("--shade-hot-water"), strip: value("--strip-hot-water"), top: false },
      defrost: { fill: value("--shade-defrost"), strip: value("--strip-defrost"), top: true },
    };
  }

  line(index) {
    return this.lines[index % LINES];
  }

  // From the fifth line on colour alone would be hard to tell.
  dash(index) {
    return index % LINES >= 4 ? [7, 4] : index >= LINES ? [2, 3] : null;
  }

  band(index) {
    return `color-mix(in srgb, ${this.line(index)} 20%, transparent)`;
  }
}
