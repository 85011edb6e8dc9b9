import {useState} from 'preact/hooks';
import type {PolicyDetail, Profile} from '../../api/client';
import {Card, Empty} from '../../components/basics';
import {Choice} from '../../components/fields';
import {UNKNOWN} from '../../format';

const PROFILES: Profile[] = ['Safe', 'Normal', 'Performance'];

/** Every number in force, and what another profile would make of it. */
export function Parameters({detail}: {detail: PolicyDetail}) {
  const own = detail.summary.profile;
  const [other, setOther] = useState<Profile>(PROFILES.find(profile => profile !== own)!);
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const others = detail.profiles[other] ?? {};
  const names = [...new Set([...Object.keys(detail.effectiveParameters), ...Object.keys(others)])].sort();
  const rows = names.map(name => ({name, mine: detail.effectiveParameters[name], theirs: others[name]})).map(row => ({...row, differs: row.mine !== row.theirs}));
  const shown = onlyDifferent ? rows.filter(row => row.differs) : rows;
  return (
    <Card title="Effective parameters">
      <div class="row">
        <Choice label="Compare with profile" options={PROFILES.filter(profile => profile !== own).map(profile => [profile, profile] as const)} value={other} onChange={setOther} />
        <label class="check"><input type="checkbox" checked={onlyDifferent} onChange={event => setOnlyDifferent(event.currentTarget.checked)} /> Only differences</label>
      </div>
      {!shown.length && <Empty>Nothing differs.</Empty>}
      {!!shown.length && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Parameters by field">
          <table>
            <thead><tr><th>Field</th><th class="figure">In force ({own})</th><th class="figure">{other}</th></tr></thead>
            <tbody>
              {shown.map(({name, mine, theirs, differs}) => (
                <tr key={name} class={differs ? 'differs' : ''}>
                  <td><code>{name}</code></td><td class="figure">{mine ?? UNKNOWN}</td><td class="figure">{differs ? <mark>{theirs ?? UNKNOWN}</mark> : (theirs ?? UNKNOWN)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
