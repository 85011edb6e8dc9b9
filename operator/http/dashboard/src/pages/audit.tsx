import {useEffect, useState} from 'preact/hooks';
import {api, expectData} from '../api/client';
import {Age, Card, Chip, Empty, Notice} from '../components/basics';
import {words} from '../format';
import {feed} from '../live';
import {link} from '../route';

type Entries = Awaited<ReturnType<typeof load>>;
const load = async () => (await expectData(api.GET('/api/v1/audit', {params: {query: {limit: 200}}}))).entries;

const tones = {Applied: 'ok', Refused: 'attention', Failed: 'critical'} as const;

/** What was asked for, less what only says the action over again. */
const asked = (request: string) => request.replace(/^(decide now|learn anew)(; )?/, '');

/** Who changed what. */
export function AuditPage() {
  const [entries, setEntries] = useState<Entries>();
  const [error, setError] = useState('');
  useEffect(() => void load().then(setEntries, (refused: Error) => setError(refused.message)), [feed.value]);

  return (
    <>
      <h1>Audit</h1>
      <Card title="Control actions, refused ones included" wide>
        {error && <Notice tone="critical">{error}</Notice>}
        {entries?.length === 0 && <Empty>Nobody has changed anything through this operator.</Empty>}
        {!!entries?.length && (
          <div class="scroll" tabIndex={0} role="region" aria-label="Control actions">
            <table class="stacked">
              <thead><tr><th>When</th><th>Who</th><th>What</th><th>Policy</th><th>Result</th></tr></thead>
              <tbody>
                {entries.map(entry => (
                  <tr key={entry.id}>
                    <td><Age at={entry.time} /></td>
                    <td>{entry.user || 'nobody signed in'}</td>
                    <td>{words(entry.action)} <small>{asked(entry.request)}</small></td>
                    <td><a href={link.policy(entry)}>{entry.namespace}/{entry.name}</a></td>
                    <td><Chip tone={tones[entry.result]}>{entry.result}</Chip> <small>{entry.message}</small></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
    </>
  );
}
