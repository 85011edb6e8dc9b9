type NumberProps = {label: string; value: number | undefined; onChange: (value: number | undefined) => void; min: number; max: number; step?: number; unit?: string; placeholder?: string};

export function NumberField({label, value, onChange, unit, ...limits}: NumberProps) {
  return (
    <label class="field">
      <span>{label}{unit && <small> {unit}</small>}</span>
      <input type="number" inputMode="decimal" value={value ?? ''} {...limits}
        onInput={event => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.valueAsNumber)} />
    </label>
  );
}

type ChoiceProps<T extends string> = {label: string; options: readonly (readonly [T, string])[]; value: T; onChange: (value: T) => void};

export function Choice<T extends string>({label, options, value, onChange}: ChoiceProps<T>) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={event => onChange(event.currentTarget.value as T)}>
        {options.map(([option, text]) => <option key={option} value={option}>{text}</option>)}
      </select>
    </label>
  );
}

export function TextField({label, value, onChange, ...rest}: {label: string; value: string; onChange: (value: string) => void; placeholder?: string; maxLength?: number}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input type="text" value={value} {...rest} onInput={event => onChange(event.currentTarget.value)} />
    </label>
  );
}
