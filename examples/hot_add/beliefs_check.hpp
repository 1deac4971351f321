// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_BELIEFS_CHECK_HPP
#define ASSENT_EXAMPLES_HOT_ADD_BELIEFS_CHECK_HPP

#include <assent/windows/partition.hpp>

#include "beliefs.h"

#include <poclass.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>

namespace hot_add {

/// What is the case, whoever was told of it.
struct truth {
    std::size_t processors = 0;           ///< that were added and run
    std::size_t processor_interfaces = 0; ///< that are enabled
    std::size_t memory_interfaces = 0;    ///< that are enabled
    std::size_t refusals = 0;             ///< that were provoked
};

[[nodiscard]] inline truth truth_of(assent::windows::partition& machine) {
    truth is;
    is.processors = machine.processors().active(ALL_PROCESSOR_GROUPS);
    for (const auto& known : machine.interfaces().snapshot()) {
        const GUID& of = known.what->of.guid;
        if (known.enabled && IsEqualGUID(of, GUID_DEVICE_PROCESSOR)) ++is.processor_interfaces;
        if (known.enabled && IsEqualGUID(of, GUID_DEVICE_MEMORY)) ++is.memory_interfaces;
    }
    return is;
}

/// Processors 0 to count - 1 as bits; a mask shows the first 64.
[[nodiscard]] constexpr ULONGLONG mask_of(std::size_t count) noexcept {
    return count >= 64 ? ~ULONGLONG{0} : (ULONGLONG{1} << count) - 1;
}

/// A table of beliefs and truths, and whether all of them agree.
class beliefs_check {
public:
    explicit beliefs_check(std::ostream& out) : out_(out) {
        line("driver", "belief", "believed", "true", "");
    }

    void equal(std::string_view driver, std::string_view what, unsigned long long believed,
               unsigned long long is) {
        row(driver, what, std::to_string(believed), std::to_string(is), believed == is);
    }
    /// For what cannot be known more exactly, as it changed at that moment.
    void between(std::string_view driver, std::string_view what, unsigned long long believed,
                 unsigned long long least, unsigned long long most) {
        row(driver, what, std::to_string(believed), std::to_string(least) + " to " + std::to_string(most),
            least <= believed && believed <= most);
    }
    void mask(std::string_view driver, ULONGLONG believed, ULONGLONG is) {
        row(driver, "which processors", hexadecimal(believed), hexadecimal(is), believed == is);
    }
    void flag(std::string_view driver, std::string_view what, bool believed, bool is) {
        row(driver, what, believed ? "yes" : "no", is ? "yes" : "no", believed == is);
    }

    [[nodiscard]] bool all_agree() const noexcept { return wrong_ == 0; }

    /// The last line, for people who look at nothing else.
    void conclude() const {
        if (all_agree()) {
            out_ << "\nEvery driver believes what is true.\n";
        } else {
            out_ << "\nWRONG: " << wrong_ << " of these beliefs " << (wrong_ == 1 ? "is" : "are")
                 << " not true.\n";
        }
    }

private:
    void row(std::string_view driver, std::string_view what, const std::string& believed,
             const std::string& is, bool agrees) {
        if (!agrees) ++wrong_;
        line(driver, what, believed, is, agrees ? "" : "  <-- WRONG");
    }
    void line(std::string_view driver, std::string_view what, std::string_view believed, std::string_view is,
              std::string_view mark) {
        const auto fill = [](std::size_t width, std::string_view text) {
            return std::string(width - std::min(width, text.size()), ' ');
        };
        out_ << driver << fill(11, driver) << what << fill(36, what) << fill(10, believed) << believed
             << fill(12, is) << is << mark << '\n';
    }
    static std::string hexadecimal(ULONGLONG value) {
        char text[24];
        static_cast<void>(std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value)));
        return text;
    }

    std::ostream& out_;
    std::size_t wrong_ = 0;
};

inline void check_percpu(beliefs_check& check, const truth& is) {
    PERCPU_BELIEFS b;
    PercpuQueryBeliefs(&b);
    check.flag("percpu", "loaded", b.Loaded != FALSE, true);
    check.equal("percpu", "processors", b.Processors, is.processors);
    check.mask("percpu", b.ProcessorMask, mask_of(is.processors));
    check.equal("percpu", "blocks held", b.Blocks, is.processors);
    check.equal("percpu", "additions it refused", b.Refusals, is.refusals);
    check.equal("percpu", "calls out of order", b.Unexpected, 0);
}

inline void check_adjust(beliefs_check& check, const truth& is) {
    ADJUST_BELIEFS b;
    AdjustQueryBeliefs(&b);
    check.flag("adjust", "loaded", b.Loaded != FALSE, true);
    check.equal("adjust", "processor interfaces", b.ProcessorInterfaces, is.processor_interfaces);
    check.equal("adjust", "memory interfaces", b.MemoryInterfaces, is.memory_interfaces);
    check.equal("adjust", "workers, one for each processor", b.Workers, is.processors);
    check.equal("adjust", "arrivals told twice or forgotten", b.Repeated + b.Lost, 0);
    check.equal("adjust", "calls out of order", b.Unexpected, 0);
}

/// While it is loaded.
inline void check_latecomer(beliefs_check& check, const truth& is) {
    LATECOMER_BELIEFS b;
    LatecomerQueryBeliefs(&b);
    check.flag("latecomer", "loaded", b.Loaded != FALSE, true);
    check.equal("latecomer", "processors", b.Processors, is.processors);
    check.mask("latecomer", b.ProcessorMask, mask_of(is.processors));
    check.equal("latecomer", "processor interfaces", b.Arrivals - b.Removals, is.processor_interfaces);
    check.equal("latecomer", "calls out of order", b.Unexpected, 0);
}

/// After it was unloaded while processors were being added and one interface at a time went and came: what it
/// counted last was true at some moment in between.
inline void check_latecomer_unloaded(beliefs_check& check, std::size_t least, std::size_t most) {
    LATECOMER_BELIEFS b;
    LatecomerQueryBeliefs(&b);
    check.flag("latecomer", "loaded", b.Loaded != FALSE, false);
    check.between("latecomer", "processors, when it was unloaded", b.Processors, least, most);
    check.mask("latecomer", b.ProcessorMask, mask_of(b.Processors));
    check.between("latecomer", "processor interfaces, likewise", b.Arrivals - b.Removals, least - 1, most);
    check.equal("latecomer", "calls out of order or too late", b.Unexpected, 0);
}

} // namespace hot_add

#endif
