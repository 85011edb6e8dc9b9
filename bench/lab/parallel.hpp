#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace spillway::bench {

/// Calls work(i) once for each i below `count`, on `threads` threads, this one among them; returns when all are done.
template <typename Work>
void for_each_index(std::size_t count, unsigned threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> pool;
  for (unsigned i = 1; i < std::max(1U, threads); ++i) pool.emplace_back(take);
  take();
  for (std::thread& thread : pool) thread.join();
}

}  // namespace spillway::bench
