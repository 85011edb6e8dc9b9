import {useEffect, useRef, useState} from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import {duration, timeOfDay} from '../format';
import {newest, type ChartData, type ChartSeries} from './chart_data';
import {colours, resolveColour} from '../theme';

const HEIGHT = 190;
const MINUTES = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200];
const FONT = '12px system-ui, sans-serif';
const step = uPlot.paths.stepped!({align: 1});

export function Chart({data}: {data: ChartData}) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [at, setAt] = useState<number | null>(null);
  const latest = useRef(data);
  latest.current = data;
  // What a plot cannot change afterwards makes a new one.
  const structure = data.series.map(series => series.label).join('|') + colours.value;

  useEffect(() => {
    const element = host.current!;
    plot.current = new uPlot(options(latest, element.clientWidth, setAt), columns(data), element);
    const resize = new ResizeObserver(() => plot.current!.setSize({width: element.clientWidth, height: HEIGHT}));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.current!.destroy();
    };
  }, [structure]);

  useEffect(() => plot.current!.setData(columns(data)), [data]);

  return (
    <figure class="chart">
      <figcaption>{data.title}</figcaption>
      <Legend data={data} at={at} />
      <div ref={host} role="img" aria-label={`${data.title}: ${describe(data)}`} />
    </figure>
  );
}

function Legend({data, at}: {data: ChartData; at: number | null}) {
  return (
    <ul class="legend">
      {at !== null && data.time[at] !== undefined && <li class="at">{timeText(data, data.time[at])}</li>}
      {data.series.filter(series => series.inLegend !== false).map(series => (
        <li key={series.label}>
          <i class={series.dashed ? 'dashed' : ''} style={{'--colour': `var(${series.colour})`}} aria-hidden="true" />
          {series.label}{at === null && series.ahead && data.readAt !== undefined && data.now !== undefined && <small> in {duration(Math.round(data.readAt - data.now))}</small>} <b>{data.format(at === null ? newest(data, series) : (series.values[at] ?? null))}</b>
        </li>
      ))}
    </ul>
  );
}

const timeText = ({relative}: ChartData, time: number) => (relative ? duration(time) : timeOfDay(time));

const describe = (data: ChartData) =>
  data.series.filter(series => series.inLegend !== false).map(series => `${series.label} ${data.format(newest(data, series))}`).join(', ');

const columns = (data: ChartData): uPlot.AlignedData => [data.time, ...data.series.map(series => series.values)];

function options(data: {current: ChartData}, width: number, onCursor: (index: number | null) => void): uPlot.Options {
  const {series, group} = data.current;
  const muted = resolveColour('--muted');
  const axis: uPlot.Axis = {stroke: muted, font: FONT, grid: {stroke: resolveColour('--grid'), width: 1}, ticks: {show: false}};
  return {
    width,
    height: HEIGHT,
    padding: [8, 28, 0, 0],  // the last label of the time axis is centred on the edge
    legend: {show: false},
    cursor: {drag: {x: false, y: false}, points: {size: 6}, ...(group ? {sync: {key: group}} : {})},
    scales: {
      x: {time: !data.current.relative, range: () => [data.current.from, data.current.to]},
      y: {range: (_, __, max) => uPlot.rangeNum(0, Math.max(max ?? 0, data.current.atLeast ?? 0) || 1, {min: {hard: 0, pad: 0}, max: {pad: 0.08}})},
    },
    axes: [
      {...axis, grid: {show: false}, values: (_, splits) => splits.map(split => timeText(data.current, split)), space: 78, size: 28, gap: 8, ...(data.current.relative ? {incrs: MINUTES} : {})},
      {...axis, size: 58, values: (_, splits) => splits.map(data.current.format)},
    ],
    series: [{}, ...series.map(line)],
    bands: series.flatMap((one, index) => (one.bandBelow ? [{series: [index + 1, index + 2] as [number, number], fill: resolveColour(`${one.colour}-fill`)}] : [])),
    hooks: {
      drawClear: [plot => drawGround(plot, data.current)],
      setCursor: [plot => onCursor(plot.cursor.idx ?? null)],
    },
  };
}

function line({label, colour, shape, dashed, inLegend}: ChartSeries): uPlot.Series {
  return {
    label,
    stroke: inLegend === false ? 'transparent' : resolveColour(colour),
    width: dashed ? 1.5 : 2,
    points: {show: false},
    spanGaps: false,
    ...(dashed ? {dash: [5, 4]} : {}),
    ...(shape === 'step' ? {paths: step} : {}),
  };
}

/** Zones behind the lines, and a shade over what lies ahead. */
function drawGround(plot: uPlot, {zones, now, to, overlay}: ChartData) {
  const {ctx, bbox} = plot;
  const within = (value: number, start: number, size: number) => Math.min(start + size, Math.max(start, value));
  const x = (value: number) => within(plot.valToPos(value, 'x', true), bbox.left, bbox.width);
  const y = (value: number) => within(plot.valToPos(value, 'y', true), bbox.top, bbox.height);
  for (const zone of zones ?? []) {
    ctx.fillStyle = resolveColour(zone.colour);
    ctx.fillRect(bbox.left, y(zone.to), bbox.width, y(zone.from) - y(zone.to));
  }
  const shaded = overlay ?? (now === undefined ? undefined : {from: now, to});
  if (!shaded) return;
  ctx.fillStyle = resolveColour('--future');
  ctx.fillRect(x(shaded.from), bbox.top, x(shaded.to) - x(shaded.from), bbox.height);
}
