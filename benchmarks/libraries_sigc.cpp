// SPDX-License-Identifier: BSL-1.0
#include "subject.hpp"

#if defined(BENCH_HAS_SIGC)
#include <sigc++/sigc++.h>

namespace bench {
namespace {

struct sigc_signal {
    using connection = sigc::connection;
    template <class F> connection connect(F f) { return signal.connect(f); }
    void disconnect(connection& c) { c.disconnect(); }
    [[gnu::always_inline]] void emit(const event& e) { signal.emit(e); }
    sigc::signal<void, const event&> signal;
};

} // namespace

void add_sigc(std::vector<library>& to) { to.push_back({"libsigc++", false, true, maker<sigc_signal>()}); }

} // namespace bench

#else

#include <cstdio>

namespace bench {
void add_sigc(std::vector<library>&) { std::fputs("libsigc++ was not found: its rows are absent\n", stderr); }
} // namespace bench

#endif
