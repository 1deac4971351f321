// SPDX-License-Identifier: BSL-1.0
// expected: assent: event category [object]: an event is an object type
#include <assent/assent.hpp>

#if defined(FIXED)
assent::dispatcher<int> numbers;
#else
assent::dispatcher<const int&> numbers;
#endif
