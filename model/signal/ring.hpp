#pragma once
#include <array>
#include <cstddef>

namespace spillway::signal {

/// The last N values, without heap. Index 0 is the newest.
template <typename T, std::size_t N>
class Ring {
 public:
  void push(const T& value) {
    head_ = (head_ + 1) % N;
    values_[head_] = value;
    if (size_ < N) ++size_;
  }
  void clear() { size_ = 0; }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == N; }
  static constexpr std::size_t capacity() { return N; }

  /// The value pushed `age` pushes before the newest. Precondition: age < size().
  const T& operator[](std::size_t age) const { return values_[(head_ + N - age) % N]; }
  T& operator[](std::size_t age) { return values_[(head_ + N - age) % N]; }

 private:
  std::array<T, N> values_{};
  std::size_t head_ = N - 1;
  std::size_t size_ = 0;
};

}  // namespace spillway::signal
