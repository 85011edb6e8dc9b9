import {useState} from 'preact/hooks';

/** One request that a person starts: whether it runs, what it answered, how it failed. */
export function useAction<Arguments extends unknown[], T>(request: (...all: Arguments) => Promise<T>) {
  const [state, setState] = useState<{busy: boolean; data?: T; error?: string}>({busy: false});
  const run = async (...all: Arguments) => {
    setState({busy: true, data: state.data});
    try {
      const data = await request(...all);
      setState({busy: false, data});
      return data;
    } catch (error) {
      setState({busy: false, error: (error as Error).message});
      return undefined;
    }
  };
  return {...state, run};
}
