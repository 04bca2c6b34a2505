# Warnings and hardening for everything we compile.
# -ffp-contract=off: a fused multiply-add rounds once where two operations round twice, so that
# the same input would give other bytes on other processors. Nothing that decides may do that.
add_compile_options(
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef
    -Wvla -Wswitch-enum -ffp-contract=off -fno-strict-aliasing -fstack-protector-strong)
if(LEEWARD_WERROR)
    add_compile_options(-Werror)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT LEEWARD_SANITIZE)
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
# Assertions stay on in every build: a wrong fact must stop the program, not become an answer.
foreach(kind RELEASE RELWITHDEBINFO MINSIZEREL)
    string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_${kind} "${CMAKE_C_FLAGS_${kind}}")
endforeach()
string(REPLACE "-O3" "-O2" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
if(LEEWARD_SANITIZE)
    add_compile_options(-fsanitize=${LEEWARD_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${LEEWARD_SANITIZE})
endif()
if(LEEWARD_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_link_options(-Wl,-z,relro,-z,now)
