import assert from 'node:assert/strict';
import {test} from 'node:test';
import {duration, number, percent, plural, UNKNOWN, wholeReplicas, within, words} from '../../../../operator/http/dashboard/src/format';

test('what is not known is a dash and never zero', () => {
  for (const show of [number, percent, duration]) {
    assert.equal(show(null), UNKNOWN);
    assert.equal(show(undefined), UNKNOWN);
    assert.notEqual(show(0), UNKNOWN);
  }
});

test('numbers keep three digits', () => {
  const cases: [number, string][] = [[0, '0'], [0.4242, '0.42'], [7.3, '7.3'], [7, '7'], [12.34, '12.3'], [128.4, '128'], [9994, '9994'], [12_345, '12.3k'], [3_400_000, '3.4M'], [-2.5, '-2.5']];
  for (const [value, text] of cases) assert.equal(number(value), text);
});

test('small numbers are not shown as none, and large ones stay short', () => {
  const cases: [number, string][] = [[0, '0'], [5.2e-19, '0'], [0.0012, '0.0012'], [0.05, '0.05'], [999_600, '1M'], [14_690_000_000, '14.7G']];
  for (const [value, text] of cases) assert.equal(number(value), text);
  assert.equal(percent(246_913.58), '24.7M %');
});

test('a small chance is not shown as none', () => {
  assert.equal(percent(0), '0 %');
  assert.equal(percent(0.004), '<1 %');
  assert.equal(percent(1.204), '120 %');
});

test('durations have at most two units', () => {
  const cases: [number, string][] = [[0, '0 s'], [0.25, '0.25 s'], [42, '42 s'], [60, '1 min'], [200, '3 min 20 s'], [7500, '2 h 5 min'], [273_600, '3 d 4 h']];
  for (const [seconds, text] of cases) assert.equal(duration(seconds), text);
});

test('what is due is now and not in 0 s', () => {
  assert.equal(within(0), 'now');
  assert.equal(within(40), 'in 40 s');
});

test('reasons read as words', () => {
  assert.equal(words('PlannedGrowth'), 'Planned growth');
  assert.equal(words('arrivalRate'), 'Arrival rate');
  assert.equal(plural(1, 'replica'), '1 replica');
  assert.equal(plural(2, 'replica'), '2 replicas');
});

test('planned replicas are rounded up as in the status, but not by rounding errors', () => {
  assert.equal(wholeReplicas(6.2), 7);
  assert.equal(wholeReplicas(6.0000000001), 6);
});
