// SPDX-License-Identifier: BSL-1.0
#include "subject.hpp"

#if defined(BENCH_HAS_BOOST)
#include <boost/signals2/signal.hpp>

namespace bench {
namespace {

struct boost_signals2 {
    using connection = boost::signals2::connection;
    template <class F> connection connect(F f) { return signal.connect(f); }
    void disconnect(connection& c) { c.disconnect(); }
    [[gnu::always_inline]] void emit(const event& e) { signal(e); }
    boost::signals2::signal<void(const event&)> signal;
};

} // namespace

void add_boost(std::vector<library>& to) {
    to.push_back({"Boost.Signals2", true, true, maker<boost_signals2>()});
}

} // namespace bench

#else

#include <cstdio>

namespace bench {
void add_boost(std::vector<library>&) {
    std::fputs("Boost.Signals2 was not found: its rows are absent\n", stderr);
}
} // namespace bench

#endif
