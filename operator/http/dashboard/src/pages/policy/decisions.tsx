import {useEffect, useState} from 'preact/hooks';
import {api, expectData, type Decision} from '../../api/client';
import {Age, Card, Chip, Empty, type Tone} from '../../components/basics';
import {words} from '../../format';
import {Trail} from './why';

const tones: Record<Decision['write'], Tone> = {Unchanged: 'quiet', Written: 'ok', Withheld: 'attention', NotLeader: 'attention', Conflict: 'attention', Forbidden: 'critical', Failed: 'critical'};

type Path = {namespace: string; name: string};

/** The latest decisions; moves reach further back than decisions, most of which change nothing. */
export function Decisions({path, latest}: {path: Path; latest: Decision[]}) {
  const [movesOnly, setMovesOnly] = useState(true);
  const moves = useMoves(path, latest.find(decision => decision.moved)?.id);
  const shown = movesOnly ? moves : latest;
  const check = <label class="check"><input type="checkbox" checked={movesOnly} onChange={event => setMovesOnly(event.currentTarget.checked)} /> Moves only</label>;
  return (
    <Card title="History of decisions" aside={check} wide>
      {!shown.length && <Empty>{movesOnly ? 'No move yet.' : 'No decision yet.'}</Empty>}
      <ol class="decisions">
        {shown.map(decision => (
          <li key={decision.id}>
            <details>
              <summary>
                <span class="when"><Age at={decision.time} /></span>
                <b class="move">{decision.from === decision.to ? decision.to : `${decision.from} → ${decision.to}`}</b>
                <span class="why"><strong>{words(decision.reason)}.</strong> {decision.message}</span>
                <Chip tone={tones[decision.write]}>{words(decision.write)}</Chip>
              </summary>
              <Trail of={decision} />
            </details>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function useMoves({namespace, name}: Path, newest: string | undefined) {
  const [moves, setMoves] = useState<Decision[]>([]);
  useEffect(() => {
    const params = {path: {namespace, name}, query: {limit: 50, movesOnly: true}};
    void expectData(api.GET('/api/v1/policies/{namespace}/{name}/decisions', {params})).then(({decisions}) => setMoves(decisions), () => undefined);
  }, [namespace, name, newest]);
  return moves;
}
