#include "operator/io/curl_transport.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "operator/io/curl_exchange.hpp"

namespace spillway::io {
namespace {

struct StartCommand {
  Transport::RequestId id;
  std::unique_ptr<Exchange> exchange;
};
struct CancelCommand {
  Transport::RequestId id;
};
using Command = std::variant<StartCommand, CancelCommand>;

int checked(int fd, const char* what) {
  if (fd < 0) throw std::runtime_error(std::string("no file descriptor for ") + what);
  return fd;
}

/// On this thread: signals are main's business, and a write to a connection that is gone must not end the process.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

void initialise_curl_once() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error("curl_global_init failed");
}

}  // namespace

/// The I/O thread and all that it owns. Other threads only leave commands.
class CurlTransport::Loop {
 public:
  explicit Loop(CurlTransportOptions options)
      : options_(std::move(options)),
        epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll")),
        wakeup_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
    initialise_curl_once();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = wakeup_;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeup_, &event);
    thread_ = std::thread([this] { run(); });
  }

  ~Loop() {
    stopping_ = true;
    wake();
    thread_.join();
    pools_.clear();  // closes connections, which still tells epoll
    close(wakeup_);
    close(epoll_);
  }

  RequestId start(HttpRequest request, StreamHandler handler, bool streaming) {
    const RequestId id = ++last_id_;
    leave(StartCommand{id, std::make_unique<Exchange>(std::move(request), std::move(handler), streaming)});
    return id;
  }

  void cancel(RequestId id) { leave(CancelCommand{id}); }

 private:
  /// One multi handle: a set of connections of its own.
  struct Pool {
    explicit Pool(Loop& owner) : loop(owner) {}
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() { curl_multi_cleanup(multi); }

    Loop& loop;
    CURLM* multi = curl_multi_init();
    std::optional<MonotonicTime> timer;  ///< when curl wants to be called again
  };

  struct Running {
    std::unique_ptr<Exchange> exchange;
    Pool* pool;
  };

  // --- any thread ---

  void leave(Command command) {
    {
      std::lock_guard lock(mutex_);
      commands_.push_back(std::move(command));
    }
    wake();
  }

  void wake() {
    const std::uint64_t one = 1;
    (void)!write(wakeup_, &one, sizeof one);
  }

  // --- the I/O thread ---

  void run() {
    block_signals();
    while (!stopping_) {
      run_commands();
      wait_for_sockets();
      run_timers();
      collect_finished();
      give_up_idle();
    }
    do {  // again for what those endings have started
      while (!running_.empty()) end(running_.begin(), shutting_down());
    } while (run_commands());
  }

  static Error shutting_down() { return {ErrorKind::kTransient, "the transport is shutting down"}; }

  /// False if there was none.
  bool run_commands() {
    std::vector<Command> commands;
    {
      std::lock_guard lock(mutex_);
      commands.swap(commands_);
    }
    for (auto& command : commands) {
      if (auto* start = std::get_if<StartCommand>(&command)) {
        begin(start->id, std::move(start->exchange));
      } else if (auto found = running_.find(std::get<CancelCommand>(command).id); found != running_.end()) {
        end(found, Error{ErrorKind::kTransient, "cancelled"});
      }
    }
    return !commands.empty();
  }

  void begin(RequestId id, std::unique_ptr<Exchange> exchange) {
    if (auto prepared = exchange->prepare(); !prepared) return exchange->fail(prepared.error());
    Pool& pool = pool_named(exchange->pool());
    if (exchange->idle_deadline()) idle_watched_.emplace(id, exchange.get());
    CURL* easy = exchange->easy();
    ids_.emplace(easy, id);
    running_.emplace(id, Running{std::move(exchange), &pool});
    curl_multi_add_handle(pool.multi, easy);
  }

  Pool& pool_named(const std::string& name) {
    auto [place, is_new] = pools_.try_emplace(name);
    if (!is_new) return *place->second;
    place->second = std::make_unique<Pool>(*this);
    Pool& pool = *place->second;
    const auto listed = options_.pools.find(name);
    const PoolLimits limits = listed == options_.pools.end() ? PoolLimits{} : listed->second;
    curl_multi_setopt(pool.multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits.max_connections_per_host);
    curl_multi_setopt(pool.multi, CURLMOPT_MAXCONNECTS, limits.max_idle_connections);
    curl_multi_setopt(pool.multi, CURLMOPT_SOCKETFUNCTION, &Loop::socket_changed);
    curl_multi_setopt(pool.multi, CURLMOPT_SOCKETDATA, &pool);
    curl_multi_setopt(pool.multi, CURLMOPT_TIMERFUNCTION, &Loop::timer_changed);
    curl_multi_setopt(pool.multi, CURLMOPT_TIMERDATA, &pool);
    return pool;
  }

  using RunningIterator = std::unordered_map<RequestId, Running>::iterator;

  /// Takes the exchange out of its pool and forgets it; the caller reports how it ended.
  std::unique_ptr<Exchange> detach(RunningIterator place) {
    auto exchange = std::move(place->second.exchange);
    curl_multi_remove_handle(place->second.pool->multi, exchange->easy());
    idle_watched_.erase(place->first);
    ids_.erase(exchange->easy());
    running_.erase(place);
    return exchange;
  }

  void end(RunningIterator place, Error error) { detach(place)->fail(std::move(error)); }

  static int socket_changed(CURL*, curl_socket_t socket, int what, void* pool_pointer, void*) {
    auto& pool = *static_cast<Pool*>(pool_pointer);
    pool.loop.watch_socket(pool, socket, what);
    return 0;
  }

  void watch_socket(Pool& pool, curl_socket_t socket, int what) {
    if (what == CURL_POLL_REMOVE) {
      epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
      sockets_.erase(socket);
      return;
    }
    epoll_event event{};
    event.data.fd = socket;
    if (what & CURL_POLL_IN) event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
    sockets_[socket] = &pool;
    if (epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event) != 0) epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
  }

  static int timer_changed(CURLM*, long timeout_ms, void* pool) {
    auto& timer = static_cast<Pool*>(pool)->timer;
    if (timeout_ms < 0) {
      timer.reset();
    } else {
      timer = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    }
    return 0;
  }

  int wait_ms() const {
    MonotonicTime next = MonotonicTime::max();
    for (const auto& [name, pool] : pools_)
      if (pool->timer) next = std::min(next, *pool->timer);
    for (const auto& [id, exchange] : idle_watched_) next = std::min(next, *exchange->idle_deadline());
    if (next == MonotonicTime::max()) return -1;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 60000));
  }

  void wait_for_sockets() {
    std::array<epoll_event, 64> events;
    const int count = epoll_wait(epoll_, events.data(), events.size(), wait_ms());
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == wakeup_) {
        std::uint64_t ignored;
        (void)!read(wakeup_, &ignored, sizeof ignored);
      } else {
        socket_ready(events[i].data.fd, events[i].events);
      }
    }
  }

  void socket_ready(int socket, std::uint32_t events) {
    const auto found = sockets_.find(socket);
    if (found == sockets_.end()) return;  // closed while an earlier event of this round was handled
    int flags = 0;
    if (events & EPOLLIN) flags |= CURL_CSELECT_IN;
    if (events & EPOLLOUT) flags |= CURL_CSELECT_OUT;
    if (events & (EPOLLERR | EPOLLHUP)) flags |= CURL_CSELECT_ERR;
    int still_running = 0;
    curl_multi_socket_action(found->second->multi, socket, flags, &still_running);
  }

  void run_timers() {
    const MonotonicTime now = std::chrono::steady_clock::now();
    for (auto& [name, pool] : pools_) {
      if (!pool->timer || *pool->timer > now) continue;
      pool->timer.reset();
      int still_running = 0;
      curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &still_running);
    }
  }

  void collect_finished() {
    for (auto& [name, pool] : pools_) {
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(pool->multi, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode code = message->data.result;  // the message dies with the handle's removal
        const auto place = running_.find(ids_.at(message->easy_handle));
        detach(place)->finish(code);
      }
    }
  }

  void give_up_idle() {
    const MonotonicTime now = std::chrono::steady_clock::now();
    std::vector<RequestId> silent;
    for (const auto& [id, exchange] : idle_watched_)
      if (*exchange->idle_deadline() <= now) silent.push_back(id);
    for (const RequestId id : silent) {
      const auto place = running_.find(id);
      end(place, place->second.exchange->idle_error());
    }
  }

  const CurlTransportOptions options_;
  const int epoll_;
  const int wakeup_;
  std::atomic<bool> stopping_ = false;
  std::atomic<RequestId> last_id_ = 0;
  std::mutex mutex_;
  std::vector<Command> commands_;

  std::map<std::string, std::unique_ptr<Pool>> pools_;
  std::unordered_map<RequestId, Running> running_;
  std::unordered_map<CURL*, RequestId> ids_;
  std::unordered_map<RequestId, Exchange*> idle_watched_;  ///< few: the streams
  std::unordered_map<int, Pool*> sockets_;
  std::thread thread_;
};

CurlTransport::CurlTransport(CurlTransportOptions options) : loop_(std::make_unique<Loop>(std::move(options))) {}
CurlTransport::~CurlTransport() = default;

Transport::RequestId CurlTransport::send(HttpRequest request, std::function<void(Result<HttpResponse>)> on_done) {
  StreamHandler handler;
  handler.on_end = std::move(on_done);
  return loop_->start(std::move(request), std::move(handler), false);
}

Transport::RequestId CurlTransport::stream(HttpRequest request, StreamHandler handler) {
  return loop_->start(std::move(request), std::move(handler), true);
}

void CurlTransport::cancel(RequestId id) { loop_->cancel(id); }

}  // namespace spillway::io
