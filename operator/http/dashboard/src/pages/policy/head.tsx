import type {PolicySummary} from '../../api/client';
import {Chip, ModeChip, Notice, ZoneChip, toneOfLevel} from '../../components/basics';
import {words} from '../../format';
import {link} from '../../route';

/** One cause makes several conditions bad: its message is said once. */
export const distinct = (problems: PolicySummary['problems']) =>
  problems.filter((problem, index) => problems.findIndex(other => other.message === problem.message) === index);

/** Which policy, how it stands, and the way to its other page. */
export function PolicyHead({policy, page}: {policy: PolicySummary; page: 'policy' | 'control'}) {
  return (
    <div class="policy-head">
      <nav class="tabs" aria-label="Views of the policy">
        <a href={link.overview}>All services</a>
        <a href={link.policy(policy)} aria-current={page === 'policy' ? 'page' : undefined}>What it does</a>
        <a href={link.control(policy)} aria-current={page === 'control' ? 'page' : undefined}>Control</a>
      </nav>
      <h1><small>{policy.namespace}/</small>{policy.name}</h1>
      <p class="chips">
        <ZoneChip zone={policy.zone} /><ModeChip mode={policy.mode} /><Chip tone="quiet" title="Profile">{policy.profile}</Chip>
        <span class="target">scales {policy.target.kind} {policy.target.name}</span>
      </p>
      <p class={`situation ${policy.level}`}>{policy.situation}</p>
      {distinct(policy.problems).map(problem => (
        <Notice key={problem.condition} tone={toneOfLevel[policy.level] === 'critical' ? 'critical' : 'attention'}>
          <strong>{words(problem.reason)}.</strong> {problem.message}
        </Notice>
      ))}
    </div>
  );
}
