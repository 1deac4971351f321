// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DEPARTURE_HPP
#define ASSENT_WINDOWS_DEPARTURE_HPP

#include <assent/config.hpp>

#include <functional>
#include <utility>

namespace assent::windows {

/// What is left to do when everybody has been told that devices are gone. The events that tell it share one: the
/// end of the last is the end of it, wherever they were kept, also in a queue behind the callback that reported it.
class departure {
public:
    /// @param end  does not throw
    explicit departure(std::function<void()> end) : end_(std::move(end)) {}
    departure(const departure&) = delete;
    departure& operator=(const departure&) = delete;
    ~departure() { end_(); }

private:
    std::function<void()> end_;
};

} // namespace assent::windows

#endif
