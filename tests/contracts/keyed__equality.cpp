// SPDX-License-Identifier: BSL-1.0
// expected: assent: keyed category [equality]: key_type must be copyable and have operator==
#include <assent/assent.hpp>

struct device {
    int number;
};

struct change {
#if defined(FIXED)
    using event_type = int;
    using key_type = int;
    static int key(int e) { return e; }
#else
    using event_type = int;
    using key_type = device;
    static device key(int e) { return {e}; }
#endif
};

assent::dispatcher<change> changes;
