// SPDX-License-Identifier: BSL-1.0
// Compiled twice, against two versions of the headers: PROGRAM is the one with main().
#include <assent/assent.hpp>

#include <cstdio>
#include <thread>

int notified_by_the_other();

namespace {

struct saved {
    int version;
};

// All that has state which two versions could share: domains, records of threads, the thread's cache of them.
int notified() {
    assent::dispatcher<saved> saves;
    int sum = 0;
    const auto first = saves.on([&](const saved& e) { sum += e.version; });
    std::thread([&] { saves.notify({1}); }).join();
    saves.notify({2});
    return sum;
}

} // namespace

#if defined(PROGRAM)
int main() {
    assent::dispatcher<saved> outer; // this thread is inside the one version while it uses the other
    int other = 0;
    const auto inside = outer.on([&](const saved&) { other = notified() + notified_by_the_other(); });
    outer.notify({0});
    if (other == 6) return 0;
    std::printf("%d instead of 6\n", other);
    return 1;
}
#else
int notified_by_the_other() { return notified(); }
#endif
