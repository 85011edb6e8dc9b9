"""The house rules that tidy_test.py checks: which room may look at which, and which third-party header may appear where.

docs/architecture.md has the reasons. A change here is a change of the house plan: give it a page in docs/adr.
"""

# Rooms by floor: a room includes its own files and those of lower floors. Longest prefix counts.
FLOORS = {
    "model/base": 0,
    "model/signal": 1,
    "model/plant": 1,
    "model/estimate": 2,
    "model/forecast": 2,
    "model/baseline": 2,
    "model/plan": 3,
    "model/decide": 4,
    "model/loop": 5,
    "crds": 6,
    "bench/plant": 1,
    "bench/laws": 2,
    "bench/lab": 6,
    "operator/io": 7,
    "operator/telemetry": 7,
    "operator/record": 7,
    "operator/kube": 8,
    "operator/prometheus": 8,
    "operator/push": 8,
    "operator/runtime": 9,
    "operator/onboarding": 9,
    "controllers": 10,
    "operator/http": 11,
    "operator/insight": 11,
    "operator/api": 12,
    "operator/config": 11,
    "operator/workload": 11,
    "operator/load": 11,
    "operator/cli": 13,
    "operator/main": 14,
    "bench": 12,
}
# What judges the model shares nothing with it but the units: here lower floors are not enough.
MAY_ONLY_SEE = {
    "bench/plant": ["model/base", "bench/plant"],
    "bench/laws": ["model/base", "bench/laws"],
}

# Third-party headers by prefix and the files or folders where each may be included. Tests may include anything.
FENCE = {
    "glpk.h": ["model/plan/glpk_solver.cpp", "bench/lab/clairvoyant.cpp", "bench/micro/whole_glpk.hpp"],
    "cpprest/": ["operator/http/server.cpp"],
    "pplx/": ["operator/http/server.cpp"],
    "curl/": ["operator/io/curl_exchange.hpp"],
    "spdlog/": ["operator/telemetry/log.cpp"],
    "prometheus/": ["operator/telemetry/metrics.cpp"],
    "nlohmann/": ["crds/v1alpha1/", "operator/kube/", "operator/prometheus/", "operator/record/", "operator/load/", "operator/onboarding/",
                  "controllers/autoscaler_policy/", "controllers/opt_in/", "operator/insight/", "operator/api/", "operator/cli/what_if.cpp", "operator/cli/explain.cpp", "bench/lab/"],
    "yaml-cpp/": ["crds/v1alpha1/manifest.cpp", "operator/config/", "operator/kube/config.cpp"],
    "Eigen/": ["model/", "bench/laws/"],
    "boost/": ["operator/workload/", "operator/http/", "operator/api/web_socket.cpp"],
    "openssl/": ["operator/kube/base64.cpp", "operator/prometheus/client.cpp", "operator/http/"],
    "CLI/": ["operator/cli/", "bench/main.cpp", "bench/forecast/forecast_bench.cpp", "bench/micro/"],
    "cctz/": ["crds/v1alpha1/"],
    "benchmark/": ["bench/"],
}  # fmt: skip
# The customer's libraries, each of which has a real job in the product (not only in tests or bench).
CUSTOMER_LIBRARIES = ["curl/", "cpprest/", "nlohmann/", "yaml-cpp/", "Eigen/", "glpk.h", "prometheus/", "spdlog/"]

# model/ is pure: no threads, clock, files, network or logging.
IMPURE_HEADERS = {
    "thread", "mutex", "shared_mutex", "condition_variable", "future", "atomic", "stop_token", "semaphore", "latch", "barrier",
    "fstream", "iostream", "filesystem", "ctime", "time.h", "unistd.h", "signal.h", "csignal", "random",
}  # fmt: skip
IMPURE_WORDS = ["_clock::now", "std::getenv", "std::rand", "std::random_device", "gettimeofday", "clock_gettime", "fopen(", "printf(\""]
# The real clock is read only here; everything else is handed a clock or a time. The workload and the load generator are programs of
# their own that measure real latencies.
REAL_CLOCK = ["operator/io/", "operator/main/", "operator/workload/", "operator/load/", "operator/http/", "bench/"]

LONGEST_FILE = 600
LONGEST_README = 60
REFERENCES = {"helm/spillway/README.md"}  # lists every value of the chart, as users of charts expect
