import type {Profile} from '../../api/client';

/** What a person may try; what is left empty stays as it is. */
export type Form = {profile: '' | Profile; minReplicas?: number | undefined; maxReplicas?: number | undefined; target?: number | undefined; delay?: number | undefined; cooldown?: number | undefined};

/** Only what the form changes: a merge patch of the spec. */
export function candidateOf({profile, minReplicas, maxReplicas, target, delay, cooldown}: Form) {
  const objective = {...(target && {targetUtilizationPercent: target}), ...(delay && {maxQueueDelayMilliseconds: delay})};
  return {
    ...(profile && {profile}), ...(minReplicas && {minReplicas}), ...(maxReplicas && {maxReplicas}),
    ...(Object.keys(objective).length && {objective}), ...(cooldown !== undefined && {behavior: {scaleDown: {cooldownSeconds: cooldown}}}),
  };
}
