// SPDX-License-Identifier: BSL-1.0
// clang++ -std=c++20 -g -fsanitize=fuzzer,address,undefined -I examples/hot_add tests/examples/fuzz_uevent.cpp
// The first argument at run time may be tests/examples/data, as the corpus to start from (copy it: it grows).
#include "uevent.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const hot_add::uevent_result parsed = hot_add::parse_uevent(bytes)) {
        std::size_t counted = 0;
        parsed.event.for_each_pair([&](std::string_view key, std::string_view value) {
            counted += key.size() + 1 + value.size() + 1;
        });
        const std::size_t header = parsed.event.action.size() + 1 + parsed.event.devpath.size() + 1;
        const bool whole = header + counted == size; // every byte belongs to the header or to one pair
        if (!whole || parsed.event.value("ACTION") != parsed.event.action || parsed.event.subsystem.empty()) {
            std::abort();
        }
    }
    return 0;
}
