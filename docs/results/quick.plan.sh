# STEPS=4000 EVALUATE=5000 BINS=20 NULLS=field,gaussian,iaaft SLIM=yes SHUFFLES=100 SEEDS="1 2" scripts/sweep.sh scripts/quick.plan runs/quick
# It trains these networks with each seed:

# ---- quick
simulate --preset quick -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 512 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  train --batch 50 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 0.1 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 256 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope none --steps 4000 \
      --checkpoint network-4000.safetensors

# ---- linear
simulate --preset quick -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 512 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  train --batch 50 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 0.1 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 256 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope none --steps 4000 \
      --checkpoint network-4000.safetensors

# ---- half-dropout
simulate --preset quick -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 512 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  train --batch 50 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 0.5 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 256 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope none --steps 4000 \
      --checkpoint network-4000.safetensors

# ---- no-dropout
simulate --preset quick -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 512 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  train --batch 50 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 1 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 256 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope none --steps 4000 \
      --checkpoint network-4000.safetensors

# ---- no-surround
simulate --preset quick -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 512 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type softmax --init-type softmax --seed 1 |
  train --batch 50 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 0.1 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 256 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope none --steps 4000 \
      --checkpoint network-4000.safetensors

# ---- cartesian
simulate --preset quick -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 512 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type cartesian --init-type softmax --seed 1 |
  train --batch 50 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 0.1 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss mse --momentum 0.9 --nh-bottleneck 256 --nh-lstm 256 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope none --steps 4000 \
      --checkpoint network-4000.safetensors
