import {Age, Card, Empty} from '../../components/basics';
import {words} from '../../format';
import {feed} from '../../live';
import {link} from '../../route';

/** Moves, incidents and control actions as they happen. */
export function Feed() {
  return (
    <Card title="What happened">
      {!feed.value?.length && <Empty>{feed.value ? 'Nothing yet.' : 'Reading…'}</Empty>}
      <ol class="feed">
        {feed.value?.map(entry => (
          <li key={entry.id} class={entry.priority}>
            <header><a href={link.policy(entry)}>{entry.namespace}/{entry.name}</a> <Age at={entry.time} /></header>
            <p>{entry.type !== 'Scaled' && <strong>{words(entry.type)}. </strong>}{entry.message}</p>
          </li>
        ))}
      </ol>
    </Card>
  );
}
